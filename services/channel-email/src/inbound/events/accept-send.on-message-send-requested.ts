import type { DeadDelivery, Delivery, Handle } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { compose } from '../../domain/compose';
import type { Mailbox } from '../../domain/mail';
import type { NewSend, SendStore } from '../../use-cases/ports';
import { requestOf } from './read-request';

const wantedType = 'throughline.channel.v1.MessageSendRequested';

type Read = { readonly send: NewSend } | { readonly dead: DeadDelivery } | undefined;

const dead = (delivery: Delivery, reason: string, detail: string): Read => ({ dead: { delivery, reason, detail } });

const read = (delivery: Delivery, mailboxes: readonly Mailbox[]): Read => {
  const { event } = delivery;
  // The channel attribute spares the decoding of everything that is not for us.
  if (event.type !== wantedType || (event.channel && event.channel !== 'email')) return undefined;
  let wire: channelV1.MessageSendRequested;
  try {
    wire = channelV1.MessageSendRequested.decode(event.data);
  } catch (error) {
    return dead(delivery, 'UNREADABLE', (error as Error).message);
  }
  if (wire.channel !== 'email') return undefined;
  if (!/^\S{1,200}$/.test(wire.messageId))
    return dead(delivery, 'MESSAGE_ID_INVALID', 'message_id: 1 to 200 characters');
  const request = requestOf(event.tenantId, wire);
  const composed = compose(mailboxes, request);
  return {
    send: {
      tenantId: event.tenantId,
      messageId: wire.messageId,
      conversationId: wire.conversationId,
      threadKey: wire.threadKey,
      to: request.to,
      // The plus part of our address: a bounce that quotes nothing still comes back to it.
      tokens: [request.replyToken || wire.messageId],
      rfcMessageId: composed.ok ? composed.mail.messageId : '',
      atMostOnce: request.autoSubmitted || wire.atMostOnce,
      request: Buffer.from(event.data),
      ...(composed.ok ? {} : { refused: { code: composed.code, detail: composed.detail } }),
    },
  };
};

/** Stores requests before their offsets are committed; sending them is a matter of its own time. */
export const acceptSends = (options: {
  mailboxes: readonly Mailbox[];
  sends: SendStore;
  now: () => number;
  onAccepted: () => void;
}): Handle => {
  return async (deliveries) => {
    const reads = deliveries.map((delivery) => read(delivery, options.mailboxes)).filter((one) => one !== undefined);
    const sends = reads.flatMap((one) => ('send' in one ? [one.send] : []));
    await options.sends.accept(sends, options.now());
    if (sends.length > 0) options.onAccepted();
    return { dead: reads.flatMap((one) => ('dead' in one ? [one.dead] : [])) };
  };
};
