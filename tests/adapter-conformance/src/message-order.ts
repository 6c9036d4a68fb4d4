import type { commonV1 } from '@throughline/proto';
import { channelV1 } from '@throughline/proto';
import type { OutboundEvent, SendOrder } from './driver';

/** The request most adapters act on: send this text to that contact point. */
export const messageOrder = (
  order: SendOrder,
  change: { channel: string; to: commonV1.ContactPoint } & Partial<channelV1.MessageSendRequested>,
): OutboundEvent => ({
  type: 'throughline.channel.v1.MessageSendRequested',
  data: channelV1.MessageSendRequested.encode(
    channelV1.MessageSendRequested.fromPartial({
      messageId: order.messageId,
      conversationId: order.conversationId,
      text: order.text,
      subject: 'Conformance',
      purpose: order.automatic ? channelV1.SendPurpose.AUTO_ACKNOWLEDGEMENT : channelV1.SendPurpose.REPLY,
      requestedAt: new Date(),
      ...change,
    }),
  ).finish(),
});
