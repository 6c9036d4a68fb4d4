import type { DeadDelivery, Handle } from '@throughline/bus';
import type { Fact } from '../../use-cases/webhooks/enqueue';
import { webhookBody } from '../../wire/webhook-body';

/** Queues every fact for the endpoints that want it. Offsets are committed after, so none is passed over. */
export const enqueueOnAnyEvent =
  (enqueue: (facts: Fact[]) => Promise<number>, queued: (n: number) => void): Handle =>
  async (deliveries) => {
    const dead: DeadDelivery[] = [];
    const facts = deliveries.map((delivery): Fact => {
      const { topic, key, offset, event } = delivery;
      return {
        tenantId: event.tenantId,
        topic,
        key: key || event.id,
        offset: Number(offset),
        eventId: event.id,
        eventType: event.type,
        body() {
          try {
            return webhookBody(event);
          } catch (error) {
            dead.push({ delivery, reason: 'MALFORMED_DATA', detail: (error as Error).message });
            return undefined;
          }
        },
      };
    });
    queued(await enqueue(facts));
    return { dead };
  };
