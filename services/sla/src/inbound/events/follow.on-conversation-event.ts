import type { Delivery, Handle } from '@throughline/bus';
import { parseEventId, readEach } from '@throughline/bus';
import type { Step } from '../../domain/clock/fold';
import type { Facts } from '../../facts';
import type { Happened } from '../../use-cases/follow-conversations';
import type { SentReply } from '../../use-cases/propose-promises';
import { readConversationEvent, readReply } from './read-conversation';

interface Read {
  conversation: Happened;
  replies: SentReply[];
}

const read = ({ event }: Delivery): Read | undefined => {
  const place = parseEventId(event.id);
  if (!place) throw new Error('the id of the event does not read <conversation>/<number>');
  // The last command of an event moves the fence, so that all of them count.
  const steps = readConversationEvent(event).map((command): Step => ({ seq: place.seq, command }));
  if (steps.length === 0) return undefined;
  const conversation = { tenantId: event.tenantId, id: event.conversationId || event.subject, steps };
  return { conversation, replies: readReply(event) };
};

/** Starts, stops and moves clocks after what happened to conversations, a batch in one write. */
export const followOnConversationEvent =
  (
    follow: (happened: Happened[]) => Promise<void>,
    propose: (replies: SentReply[]) => Promise<void>,
    facts: Facts,
  ): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, read);
    const happened = new Map<string, Happened>();
    for (const { conversation } of said) {
      const name = `${conversation.tenantId}/${conversation.id}`;
      const known = happened.get(name);
      if (known) known.steps.push(...conversation.steps);
      else happened.set(name, conversation);
    }
    await follow([...happened.values()]);
    await propose(said.flatMap(({ replies }) => replies));
    facts.followed(deliveries.length);
    return { dead };
  };
