import type { Delivery, Handle } from '@throughline/bus';
import { parseEventId, readEach } from '@throughline/bus';
import type { Facts } from '../../facts';
import type { Happened, PersonFact } from '../../use-cases/follow-conversations';
import { personOf, readConversationEvent } from './read-conversation';

interface Read {
  conversation: Happened;
  people: PersonFact[];
}

const read = ({ event }: Delivery): Read => {
  const { tenantId, contactPoint } = event;
  const place = parseEventId(event.id);
  if (!place) throw new Error('the id of the event does not read <conversation>/<number>');
  const { steps, facts } = readConversationEvent(event);
  const id = event.conversationId || event.subject;
  const at = event.time.getTime();
  const person = contactPoint ? { tenantId, id: personOf(tenantId, contactPoint), at, contactPoint } : undefined;
  return {
    conversation: { tenantId, id, steps: steps.map((step) => ({ seq: place.seq, step })) },
    people: person ? facts.map((command) => ({ ...person, command })) : [],
  };
};

/** Plans questions after what happened to conversations, a batch in one write. */
export const followOnConversationEvent =
  (follow: (happened: Happened[], facts: PersonFact[]) => Promise<void>, facts: Facts): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, read);
    const happened = new Map<string, Happened>();
    for (const { conversation } of said) {
      if (conversation.steps.length === 0) continue;
      const name = `${conversation.tenantId}/${conversation.id}`;
      const known = happened.get(name);
      if (known) known.steps.push(...conversation.steps);
      else happened.set(name, conversation);
    }
    await follow(
      [...happened.values()],
      said.flatMap(({ people }) => people),
    );
    facts.followed(deliveries.length);
    return { dead };
  };
