import type { DeadDelivery, Delivery, Handle } from '@throughline/bus';
import { parseEventId } from '@throughline/bus';
import type { Step } from '../../domain/clock/fold';
import type { Facts } from '../../facts';
import type { Happened } from '../../use-cases/follow-conversations';
import type { SentReply } from '../../use-cases/propose-promises';
import { readConversationEvent, readReply } from './read-conversation';

interface Read {
  conversationId: string;
  steps: Step[];
}

const read = ({ event }: Delivery): Read | undefined => {
  const place = parseEventId(event.id);
  if (!place) throw new Error('the id of the event does not read <conversation>/<number>');
  const commands = readConversationEvent(event);
  const conversationId = event.conversationId || event.subject;
  // The last command of an event moves the fence, so that all of them count.
  const steps = commands.map((command): Step => ({ seq: place.seq, command }));
  return steps.length > 0 ? { conversationId, steps } : undefined;
};

/** Starts, stops and moves clocks after what happened to conversations, a batch in one write. */
export const followOnConversationEvent =
  (
    follow: (happened: Happened[]) => Promise<void>,
    propose: (replies: SentReply[]) => Promise<void>,
    facts: Facts,
  ): Handle =>
  async (deliveries) => {
    const dead: DeadDelivery[] = [];
    const happened = new Map<string, Happened>();
    const replies: SentReply[] = [];
    for (const delivery of deliveries) {
      try {
        const found = read(delivery);
        if (!found) continue;
        const { tenantId } = delivery.event;
        const name = `${tenantId}/${found.conversationId}`;
        const one = happened.get(name) ?? { tenantId, id: found.conversationId, steps: [] };
        one.steps.push(...found.steps);
        happened.set(name, one);
        replies.push(...readReply(delivery.event));
      } catch (error) {
        dead.push({ delivery, reason: 'MALFORMED_DATA', detail: (error as Error).message });
      }
    }
    await follow([...happened.values()]);
    await propose(replies);
    facts.followed(deliveries.length);
    return { dead };
  };
