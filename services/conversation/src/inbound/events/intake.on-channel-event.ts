import type { DeadDelivery, Delivery, Handle } from '@throughline/bus';
import type { Facts } from '../../facts';
import type { Acknowledge } from '../../use-cases/acknowledge';
import type { Intake } from '../../use-cases/intake';
import type { Inbound } from '../../use-cases/ports';
import { InvalidInbound, isOfConversations, readInbound } from './read-inbound';

/** Takes batches of `channel.inbound.v1`. A broken event dies with its reason; what follows of its key waits behind it. */
export const intakeOnChannelEvent =
  (intake: Intake, acknowledge: Acknowledge, facts: Facts): Handle =>
  async (deliveries) => {
    const dead: DeadDelivery[] = [];
    const died = new Set<string>();
    const inbound: Inbound[] = [];
    const deliveryOf = new Map<Inbound, Delivery>();
    for (const delivery of deliveries) {
      if (died.size > 0 && died.has(delivery.key)) {
        dead.push({ delivery, reason: 'PARKED', detail: 'an earlier message of this key is a dead letter' });
        continue;
      }
      try {
        const read = readInbound(delivery.event);
        if (!isOfConversations(read)) continue;
        inbound.push(read);
        deliveryOf.set(read, delivery);
      } catch (error) {
        if (!(error instanceof InvalidInbound)) throw error;
        died.add(delivery.key);
        dead.push({ delivery, reason: error.reason, detail: error.message });
      }
    }
    const result = await intake.take(inbound);
    await acknowledge(result.unacknowledged);
    facts.taken(inbound.length - result.refused.size, result.changed.length, result.setAside);
    const failed = [...result.refused].map(([fact, error]) => ({ delivery: deliveryOf.get(fact)!, error }));
    return { dead, failed };
  };
