import type { OutgoingRecord, Producer, SharedAttributes } from '@throughline/bus';
import { encodeEvent, eventEncoder } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { toActor, toAttachment, toContactPoint } from '../contract/names';
import type { Conversation } from '../domain/conversation';
import type { MessageSent } from '../domain/events';
import { isPublic } from '../domain/events';
import type { Change, Publish } from '../use-cases/ports';
import { toProtoEvent } from './proto-event';

const source = 'throughline/conversation';
export const conversationsTopic = 'conversation.conversations.v1';
export const outboundTopic = 'channel.outbound.v1';

const sendRequest = (event: MessageSent, state: Conversation): Uint8Array => {
  const { message, mail } = event;
  return channelV1.MessageSendRequested.encode({
    messageId: message.id,
    conversationId: state.id,
    channel: message.channel,
    threadKey: state.threadKey,
    to: toContactPoint(state.contactPoint),
    from: state.destination,
    subject: message.subject,
    text: message.text,
    html: message.html,
    attachments: message.attachments.map(toAttachment),
    actor: toActor(event.actor),
    email: mail,
    purpose: message.automatic ? channelV1.SendPurpose.AUTO_ACKNOWLEDGEMENT : channelV1.SendPurpose.REPLY,
    requestedAt: new Date(event.at),
    unsubscribeUrl: '',
    atMostOnce: false,
    question: undefined,
  }).finish();
};

const attributesOf = (state: Conversation, recordedAt: Date): SharedAttributes => ({
  source,
  subject: state.id,
  tenantId: state.tenantId,
  recordedAt,
  contactPoint: state.contactPoint || undefined,
  conversationId: state.id,
  channel: state.channel,
  issueId: state.issueId || undefined,
});

/** The records of one change, in order. A request to send is an event of its message, so both topics stay gap-free. */
export const recordsOf = (change: Change, into: OutgoingRecord[]): void => {
  const { key, state } = change.after;
  const recordedAt = new Date(change.recordedAt);
  const encode = eventEncoder(attributesOf(state, recordedAt));
  let sequence = change.before.state.sequence;
  for (const event of change.events) {
    if (!isPublic(event)) continue;
    sequence += 1;
    const { type, data } = toProtoEvent(event, state);
    const time = new Date(event.at);
    const value = encode({ id: `${state.id}/${sequence}`, type, time, data });
    into.push({ topic: conversationsTopic, key, value, traceparent: change.traceparent });
    if (event.type !== 'message_sent') continue;
    const request = encodeEvent({
      ...attributesOf(state, recordedAt),
      time,
      channel: event.message.channel,
      id: `${event.message.id}/1`,
      type: 'throughline.channel.v1.MessageSendRequested',
      subject: event.message.id,
      causationId: `${state.id}/${sequence}`,
      data: sendRequest(event, state),
    });
    into.push({ topic: outboundTopic, key, value: request, traceparent: change.traceparent });
  }
};

export const publishChanges =
  (producer: Producer): Publish =>
  async (changes) => {
    const records: OutgoingRecord[] = [];
    for (const change of changes) recordsOf(change, records);
    if (records.length > 0) await producer.publish(records);
  };
