import type { Bus, OutgoingRecord } from '@throughline/bus';
import { encodeEvent } from '@throughline/bus';
import { contactPointText, isRefusal, parseContactPoint, uuidFromHash } from '@throughline/core';
import { channelV1, commonV1 } from '@throughline/proto';
import type { Intake } from '@throughline/telemetry';
import { sampledTraceparent } from '@throughline/telemetry';
import type { Inbox, Visitor } from '../use-cases/ports';

const adapter = 'channel-chat';
const { ContactPointType } = commonV1;

const verified = (type: 'email' | 'phone', value: string): channelV1.VerifiedContactPoint[] => {
  if (value === '') return [];
  try {
    const point = parseContactPoint(type, value);
    const wireType = type === 'email' ? ContactPointType.EMAIL : ContactPointType.PHONE;
    return [{ contactPoint: { type: wireType, value: point.value }, evidence: 'visitor_token' }];
  } catch (error) {
    // A signed but broken address names nobody; the chat itself goes on.
    if (isRefusal(error)) return [];
    throw error;
  }
};

const recordOf = (
  visitor: Visitor,
  eventKey: string,
  payload: channelV1.InboundEvent['payload'],
  now: number,
): OutgoingRecord => {
  const { tenantId, id } = visitor;
  const envelope = channelV1.InboundEvent.fromPartial({
    channel: 'chat',
    adapter,
    threadKey: id,
    eventKey,
    occurredAt: new Date(now),
    contactPoint: { type: ContactPointType.CHAT, value: id },
    identities: [...verified('email', visitor.email), ...verified('phone', visitor.phone)],
    displayName: visitor.name,
    payload: payload!,
  });
  const value = encodeEvent({
    id: uuidFromHash('inbound', tenantId, adapter, eventKey),
    source: adapter,
    type: 'throughline.channel.v1.InboundEvent',
    subject: id,
    time: new Date(now),
    tenantId,
    recordedAt: new Date(now),
    channel: 'chat',
    contactPoint: contactPointText({ type: 'chat', value: id }),
    data: channelV1.InboundEvent.encode(envelope).finish(),
  });
  return { topic: 'channel.inbound.v1', key: `${tenantId}/chat/${id}`, value, traceparent: sampledTraceparent() };
};

/** Publishes to the core. The same client id of one visitor gives the same event. */
export const createInbox = (bus: Pick<Bus, 'producer'>, now: () => number, intake: Intake): Inbox => ({
  message(visitor, clientId, text) {
    const value = channelV1.InboundMessageReceived.fromPartial({ text, messageClass: channelV1.MessageClass.NORMAL });
    return intake('chat message', () =>
      bus.producer.publish([
        recordOf(visitor, `${visitor.id}/${clientId}`, { $case: 'messageReceived', value }, now()),
      ]),
    );
  },
  answered(visitor, clientId, questionId, value) {
    const payload = { $case: 'questionAnswered' as const, value: { questionId, value } };
    return intake('chat answer', () =>
      bus.producer.publish([recordOf(visitor, `${visitor.id}/${clientId}`, payload, now())]),
    );
  },
  delivered: (visitor, messages) =>
    bus.producer.publish(
      messages.map(({ id, conversationId }) => {
        const value = channelV1.InboundDeliveryStatusChanged.fromPartial({
          messageId: id,
          conversationId,
          state: channelV1.DeliveryState.DELIVERED,
        });
        return recordOf(visitor, `${id}/delivered`, { $case: 'deliveryStatusChanged', value }, now());
      }),
    ),
});
