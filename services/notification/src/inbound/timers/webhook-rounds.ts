import { createRounds } from '@throughline/lifecycle';
import type { Delivering } from '../../use-cases/webhooks/deliver';
import type { DeliveryQueue, EndpointKey } from '../../use-cases/webhooks/ports';

export interface WebhookRoundsOptions {
  queue: Pick<DeliveryQueue, 'ready' | 'rest'>;
  delivering: Delivering;
  /** Shares of the endpoints that are ours now. */
  shards(): number[];
  now(): number;
  everyMs: number;
  failed(error: unknown): void;
}

const MOST = 1_000;

/** Looks for endpoints with something due and works on each by itself, so that none waits for another. */
export const createWebhookRounds = (options: WebhookRoundsOptions) => {
  const { queue, delivering, now } = options;
  const working = new Map<EndpointKey, Promise<void>>();

  const workOn = async (endpoint: EndpointKey, stamp: number) => {
    try {
      const { left, again } = await delivering.work(endpoint);
      // Not ours any more, or stopped half way: whoever has it next must find it awake.
      if (!left) await queue.rest(endpoint, stamp, again);
    } catch (error) {
      // Still awake in the database: the next round finds it again.
      options.failed(error);
    } finally {
      working.delete(endpoint);
    }
  };
  const work = async () => {
    for (const { endpoint, stamp } of await queue.ready(options.shards(), now(), MOST)) {
      if (!working.has(endpoint)) working.set(endpoint, workOn(endpoint, stamp));
    }
  };
  const rounds = createRounds({ work, pauseMs: options.everyMs, failed: options.failed });

  return {
    start: rounds.start,
    /** Endpoints have something new: a round now instead of the next one. */
    heard(endpoints: EndpointKey[]): void {
      for (const endpoint of endpoints) delivering.nudge(endpoint);
      if (endpoints.some((endpoint) => !working.has(endpoint))) rounds.wake();
    },
    async stop(): Promise<void> {
      await rounds.stop();
      await Promise.all(working.values());
    },
  };
};
