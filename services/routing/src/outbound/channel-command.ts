import type { OutgoingRecord } from '@throughline/bus';
import { encodeEvent } from '@throughline/bus';
import { channelV1, commonV1 } from '@throughline/proto';
import type { WorkEvent, WorkItem } from '../domain/work-item';
import { connectCommandId } from '../domain/work-item';

const topic = 'channel.outbound.v1';
const RING_SECONDS = 20;

type Action = channelV1.CallControlRequested['action'];

const record = (
  item: WorkItem,
  channel: string,
  type: string,
  id: string,
  at: number,
  data: Uint8Array,
): OutgoingRecord => {
  const { tenantId, conversationId } = item;
  const time = new Date(at);
  const value = encodeEvent({
    id: `${id}/1`,
    source: 'throughline/routing',
    type: `throughline.channel.v1.${type}`,
    subject: item.id,
    time,
    recordedAt: time,
    tenantId,
    conversationId: conversationId || undefined,
    channel,
    data,
  });
  return { topic, key: `${tenantId}/${conversationId || item.id}`, value };
};

const control = (item: WorkItem, id: string, at: number, action: Action): OutgoingRecord => {
  const { conversationId, callback, threadKey = '' } = item;
  const data = channelV1.CallControlRequested.encode({
    commandId: id,
    conversationId,
    channel: 'voice',
    threadKey: callback ? '' : threadKey,
    action,
  }).finish();
  return record(item, 'voice', 'CallControlRequested', id, at, data);
};

/** A message to a visitor of a chat who waits. It is no part of the conversation: the wait that was told is stored with the work. */
const message = (item: WorkItem, id: string, at: number, text: string): OutgoingRecord => {
  const { conversationId, channel, threadKey = '', contactPoint } = item;
  const to = { type: commonV1.ContactPointType.CHAT, value: contactPoint.slice(contactPoint.indexOf(':') + 1) };
  const data = channelV1.MessageSendRequested.encode(
    channelV1.MessageSendRequested.fromPartial({
      messageId: id,
      conversationId,
      channel,
      threadKey,
      to,
      text,
      actor: { kind: commonV1.ActorKind.SYSTEM, id: 'routing' },
      purpose: channelV1.SendPurpose.QUEUE_NOTICE,
      requestedAt: new Date(at),
    }),
  ).finish();
  return record(item, channel, 'MessageSendRequested', id, at, data);
};

/** What an adapter shall do because of an event of work. Ids are made from the event, so a repetition is recognised. */
export const channelCommandsOf = (event: WorkEvent, item: WorkItem): OutgoingRecord[] => {
  const { channel, threadKey, callback } = item;
  if (event.type === 'accepted' && event.connectTo) {
    const id = connectCommandId(item.offerId);
    const ring = { address: event.connectTo, timeoutSeconds: RING_SECONDS };
    if (callback) {
      const place = { ...ring, to: callback.phone, from: item.destination ?? '' };
      return [control(item, id, event.at, { $case: 'place', value: place })];
    }
    if (channel === 'voice' && threadKey) return [control(item, id, event.at, { $case: 'connect', value: ring })];
  }
  if (event.type === 'wait_told' && event.text && threadKey) {
    const id = `${item.id}/told/${event.at}`;
    if (channel === 'chat') return [message(item, id, event.at, event.text)];
    const announce = { text: event.text, language: item.language };
    return [control(item, id, event.at, { $case: 'announce', value: announce })];
  }
  return [];
};
