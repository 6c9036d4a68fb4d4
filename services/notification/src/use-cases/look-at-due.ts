import { groupBy } from '@throughline/core';
import type { Channel } from '../domain/book/book';
import { channels } from '../domain/book/book';
import { stepTo } from '../domain/delivery/delivery';
import type { DeliveryStore } from './ports';

export interface LookDeps {
  deliveries: DeliveryStore;
  decide(tenantId: string, ids: string[]): Promise<unknown>;
  shards(): number[];
  now(): number;
  looked(deliveries: number): void;
}

const BATCH = 500;
/** Channels that an adapter serves. */
const byAdapter: Channel[] = ['email', 'chat'];

/** Looks at what is due: decides again what waited, and gives up on what no channel ever reported. True when there may be more. */
export const lookAtDue = (deps: LookDeps) => async (): Promise<boolean> => {
  const now = deps.now();
  const shards = deps.shards();
  // What waits for a provider is not looked at here, however much that is.
  const [open, silent] = await Promise.all([
    deps.deliveries.due(shards, now, BATCH, { states: ['requested', 'held'], channels: [...channels] }),
    deps.deliveries.due(shards, now, BATCH, { states: ['queued'], channels: byAdapter }),
  ]);
  const idsOf = (group: { id: string }[]) => group.map(({ id }) => id);
  for (const [tenantId, group] of groupBy(open, (one) => one.tenantId)) await deps.decide(tenantId, idsOf(group));
  for (const [tenantId, group] of groupBy(silent, (one) => one.tenantId)) {
    await deps.deliveries.change(tenantId, idsOf(group), (delivery) =>
      delivery.state === 'queued'
        ? stepTo(delivery, 'failed', now, {
            reason: 'CHANNEL_SILENT',
            detail: 'the channel never said what became of it',
          })
        : undefined,
    );
  }
  deps.looked(open.length + silent.length);
  return open.length === BATCH || silent.length === BATCH;
};
