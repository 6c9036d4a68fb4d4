import type { DeadDelivery, Handle } from '@throughline/bus';
import { channelV1, commonV1 } from '@throughline/proto';
import type { Mailbox, NewMessage } from '../../use-cases/ports';

const wanted = 'throughline.channel.v1.MessageSendRequested';

/** Stores messages for visitors; sockets hear of them through the mailbox, on whichever process they are. */
export const storeMessages =
  (mailbox: Mailbox): Handle =>
  async (deliveries) => {
    const dead: DeadDelivery[] = [];
    const messages: NewMessage[] = [];
    for (const delivery of deliveries) {
      const { event } = delivery;
      if (event.type !== wanted || (event.channel && event.channel !== 'chat')) continue;
      const wire = channelV1.MessageSendRequested.decode(event.data);
      if (wire.channel !== 'chat') continue;
      const chatId = wire.to?.type === commonV1.ContactPointType.CHAT ? wire.to.value : '';
      const thread = wire.threadKey || chatId;
      if (thread === '' || wire.messageId === '') {
        dead.push({ delivery, reason: 'THREAD_UNKNOWN', detail: 'thread_key and message_id: are required' });
        continue;
      }
      const { messageId: id, conversationId, text, actor, question } = wire;
      const at = wire.requestedAt ?? event.time;
      const message = {
        tenantId: event.tenantId,
        thread,
        id,
        conversationId,
        text,
        from: actor?.displayName ?? '',
        at,
      };
      messages.push(question ? { ...message, question } : message);
    }
    if (messages.length > 0) await mailbox.put(messages);
    return { dead };
  };
