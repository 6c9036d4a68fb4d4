import { Refusal } from '@throughline/core';
import type { Asked } from '../ports';
import type { DeliveryQueue } from './ports';

export interface ReplayDeps {
  queue: DeliveryQueue;
  now(): number;
}

export interface Replay {
  tenantId: string;
  endpointId: string;
  which: { ids: string[] } | { from: number; to?: number };
  failedOnly: boolean;
  asked: Asked | undefined;
}

// Should this process die between its writes, the endpoint is looked at all the same.
const SOON_MS = 10_000;

/** Makes deliveries pending again; a repeated request gives the number of the first and does nothing. */
export const replayDeliveries = async (
  { queue, now }: ReplayDeps,
  { tenantId, endpointId, which, failedOnly, asked }: Replay,
): Promise<number> => {
  const earlier = asked && (await queue.replayed(tenantId, endpointId, asked));
  if (earlier !== undefined) return earlier;
  if ('ids' in which) {
    const known = new Set(await queue.has(tenantId, endpointId, which.ids));
    const missing = which.ids.find((id) => !known.has(id));
    if (missing) throw new Refusal('not_found', 'DELIVERY_NOT_FOUND', `there is no delivery ${missing}`);
  }
  const key = `${tenantId}/${endpointId}`;
  const at = now();
  await queue.wake(key, at + SOON_MS);
  const count = await queue.replay(tenantId, endpointId, which, failedOnly, at);
  if (asked) await queue.noteReplay(tenantId, endpointId, asked, count);
  await queue.wake(key, at);
  return count;
};
