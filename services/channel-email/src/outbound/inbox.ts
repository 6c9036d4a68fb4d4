import type { Bus, OutgoingRecord } from '@throughline/bus';
import { encodeEvent } from '@throughline/bus';
import { contactPointText, parseContactPoint, uuidFromHash } from '@throughline/core';
import { channelV1, commonV1 } from '@throughline/proto';
import { sampledTraceparent } from '@throughline/telemetry';
import { oneLine } from '../domain/bounds';
import type { MessageClass } from '../domain/classify';
import type { DeliveryNews, Inbox, ReceivedMail } from '../use-cases/ports';

export const inboundTopic = 'channel.inbound.v1';
export const adapterName = 'channel-email';

const classes: Readonly<Record<MessageClass, channelV1.MessageClass>> = {
  normal: channelV1.MessageClass.NORMAL,
  auto_reply: channelV1.MessageClass.AUTO_REPLY,
  bounce: channelV1.MessageClass.BOUNCE,
  complaint: channelV1.MessageClass.COMPLAINT,
  bulk: channelV1.MessageClass.BULK,
  spam: channelV1.MessageClass.SPAM,
  own: channelV1.MessageClass.OWN,
};

const states: Readonly<Record<DeliveryNews['state'], channelV1.DeliveryState>> = {
  sent: channelV1.DeliveryState.SENT,
  failed: channelV1.DeliveryState.FAILED,
  bounced: channelV1.DeliveryState.BOUNCED,
  // Still on its way: the lattice of states lets this change nothing after `sent`.
  delayed: channelV1.DeliveryState.QUEUED,
  delivered: channelV1.DeliveryState.DELIVERED,
  relayed: channelV1.DeliveryState.SENT,
  complained: channelV1.DeliveryState.COMPLAINED,
};

/** An address that is none is left out: the core must not know people by broken addresses. */
const contactPoint = (address: string): commonV1.ContactPoint | undefined => {
  try {
    return { type: commonV1.ContactPointType.EMAIL, value: parseContactPoint('email', address).value };
  } catch {
    return undefined;
  }
};

const messageOf = (mail: ReceivedMail): channelV1.InboundMessageReceived => {
  const { marks, thread, verdicts, content } = mail.facts;
  return {
    text: content.text,
    html: content.html,
    subject: content.subject,
    attachments: mail.files.map((file) => ({ ...file, sizeBytes: BigInt(file.sizeBytes) })),
    email: {
      ...thread,
      references: [...thread.references],
      otherRecipients: [...thread.otherRecipients],
      nullReturnPath: marks.nullReturnPath,
      autoSubmitted: marks.autoSubmitted,
      listOrBulk: marks.listOrBulk,
      suppressAutoResponse: marks.suppressAutoResponse,
      ...verdicts,
    },
    messageClass: classes[marks.messageClass],
    truncated: content.truncated,
    rawReference: mail.originalReference,
  };
};

const payloadOf = (event: ReceivedMail | DeliveryNews): channelV1.InboundEvent['payload'] =>
  event.kind === 'message'
    ? { $case: 'messageReceived', value: messageOf(event) }
    : {
        $case: 'deliveryStatusChanged',
        value: {
          messageId: event.messageId,
          conversationId: event.conversationId,
          state: states[event.state],
          code: oneLine(event.code, 64),
          detail: oneLine(event.detail, 1000),
          providerId: event.providerId,
        },
      };

const envelopeOf = (event: ReceivedMail | DeliveryNews): channelV1.InboundEvent => {
  const author = event.kind === 'message' ? event.facts.author : undefined;
  const point = contactPoint(event.kind === 'message' ? (author?.address ?? '') : event.to);
  // DMARC ties the visible From to a signature: only then does the address prove the sender.
  const proven = event.kind === 'message' && event.facts.verdicts.dmarc === 'pass' && point !== undefined;
  return {
    channel: 'email',
    adapter: adapterName,
    threadKey: event.threadKey,
    eventKey: event.eventKey,
    occurredAt: new Date(event.occurredAt),
    contactPoint: point,
    identities: proven ? [{ contactPoint: point, evidence: 'dmarc' }] : [],
    displayName: oneLine(author?.name ?? '', 200),
    destination: event.kind === 'message' ? event.mailbox.address : '',
    language: '',
    payload: payloadOf(event),
  };
};

/** The event as it goes to the topic. Equal events get equal ids. */
export const recordOf = (event: ReceivedMail | DeliveryNews, now: number): OutgoingRecord => {
  const tenantId = event.kind === 'message' ? event.mailbox.tenantId : event.tenantId;
  const envelope = envelopeOf(event);
  const point = envelope.contactPoint;
  const value = encodeEvent({
    id: uuidFromHash('inbound', tenantId, adapterName, event.eventKey),
    source: adapterName,
    type: 'throughline.channel.v1.InboundEvent',
    subject: event.threadKey,
    time: new Date(event.occurredAt),
    tenantId,
    recordedAt: new Date(now),
    channel: 'email',
    ...(point ? { contactPoint: contactPointText({ type: 'email', value: point.value }) } : {}),
    ...(event.kind === 'delivery' && event.conversationId ? { conversationId: event.conversationId } : {}),
    data: channelV1.InboundEvent.encode(envelope).finish(),
  });
  return { topic: inboundTopic, key: `${tenantId}/email/${event.threadKey}`, value, traceparent: sampledTraceparent() };
};

/** Publishes to the core. */
export const createInbox = (bus: Pick<Bus, 'producer'>, now: () => number): Inbox => ({
  publish: (events) => bus.producer.publish(events.map((event) => recordOf(event, now()))),
});
