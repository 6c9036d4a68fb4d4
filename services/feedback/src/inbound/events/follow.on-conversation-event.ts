import type { DeadDelivery, Handle } from '@throughline/bus';
import { parseEventId } from '@throughline/bus';
import type { Facts } from '../../facts';
import type { Happened, PersonFact } from '../../use-cases/follow-conversations';
import { personOf, readConversationEvent } from './read-conversation';

/** Plans questions after what happened to conversations, a batch in one write. */
export const followOnConversationEvent =
  (follow: (happened: Happened[], facts: PersonFact[]) => Promise<void>, facts: Facts): Handle =>
  async (deliveries) => {
    const dead: DeadDelivery[] = [];
    const happened = new Map<string, Happened>();
    const people: PersonFact[] = [];
    for (const delivery of deliveries) {
      const { event } = delivery;
      const { tenantId, contactPoint } = event;
      try {
        const place = parseEventId(event.id);
        if (!place) throw new Error('the id of the event does not read <conversation>/<number>');
        const read = readConversationEvent(event);
        const id = event.conversationId || event.subject;
        if (read.steps.length > 0) {
          const one = happened.get(`${tenantId}/${id}`) ?? { tenantId, id, steps: [] };
          one.steps.push(...read.steps.map((step) => ({ seq: place.seq, step })));
          happened.set(`${tenantId}/${id}`, one);
        }
        if (!contactPoint) continue;
        const person = personOf(tenantId, contactPoint);
        for (const command of read.facts)
          people.push({ tenantId, id: person, command, at: event.time.getTime(), contactPoint });
      } catch (error) {
        dead.push({ delivery, reason: 'MALFORMED_DATA', detail: (error as Error).message });
      }
    }
    await follow([...happened.values()], people);
    facts.followed(deliveries.length);
    return { dead };
  };
