import type { OutgoingRecord, Producer } from '@throughline/bus';
import { encodeEvent } from '@throughline/bus';
import { invalidField } from '@throughline/core';
import { channelV1 } from '@throughline/proto';
import type { Call, Handlers, RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { InvalidInbound, inboundType, readInbound } from '../events/read-inbound';

type ChannelHandlers = Handlers<typeof channelV1.ChannelServiceService>;

const topic = 'channel.inbound.v1';

const recordFor = (channel: string, given: channelV1.InboundEvent | undefined, field: string, call: Call) => {
  if (!given) throw invalidField(field, 'required', 'must be set');
  if (given.channel && given.channel !== channel)
    throw invalidField(`${field}.channel`, 'equal', 'must equal the channel of the path');
  const event = { ...given, channel };
  const { tenantId } = call.caller;
  const attributes = {
    id: `${event.adapter}/${event.eventKey}`,
    source: `throughline/channel/${channel}`,
    type: inboundType,
    subject: event.threadKey,
    time: event.occurredAt ?? new Date(),
    recordedAt: new Date(),
    tenantId,
  };
  const data = channelV1.InboundEvent.encode(event).finish();
  // The same reading as on the topic: what is accepted here is never a dead letter there.
  let contactPoint: string;
  try {
    contactPoint = readInbound({ ...attributes, data, raw: Buffer.alloc(0) }).contactPoint;
  } catch (error) {
    if (!(error instanceof InvalidInbound)) throw error;
    const [name = '', ...rule] = error.message.split(': ');
    throw invalidField(`${field}.${name}`, 'contract', rule.join(': '));
  }
  const value = encodeEvent({ ...attributes, contactPoint: contactPoint || undefined, channel, data });
  const record: OutgoingRecord = { topic, key: `${tenantId}/${channel}/${event.threadKey}`, value };
  return { id: attributes.id, record };
};

/** Lets adapters that do not speak Kafka publish: the answer comes when the event is durable. */
export const channelService = (producer: Producer): RpcService =>
  implement<typeof channelV1.ChannelServiceService>(channelV1.ChannelServiceService, {
    publishInbound: (async (request, call) => {
      const { id, record } = recordFor(request.channel, request.event, 'event', call);
      await producer.publish([record]);
      return { eventId: id };
    }) satisfies ChannelHandlers['publishInbound'],
    publishInboundBatch: (async (request, call) => {
      const made = request.events.map((event, index) => recordFor(request.channel, event, `events[${index}]`, call));
      await producer.publish(made.map(({ record }) => record));
      return { eventIds: made.map(({ id }) => id) };
    }) satisfies ChannelHandlers['publishInboundBatch'],
  });
