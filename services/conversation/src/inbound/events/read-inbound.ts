import { isUtf8 } from 'node:buffer';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { IncomingEvent } from '@throughline/bus';
import { contactPointText, isRefusal, parseContactPoint } from '@throughline/core';
import { channelV1, commonV1 } from '@throughline/proto';
import {
  contactPointTypeName,
  fromAttachment,
  fromDeliveryState,
  fromEndReason,
  fromMessageClass,
  fromRecordingState,
} from '../../contract/names';
import { effectClaim, threadClaim } from '../../domain/claims';
import type { Message, MessageClass } from '../../domain/conversation';
import { memo } from '../../domain/memo';
import type { Inbound, InboundMail, InboundPayload } from '../../use-cases/ports';
import { sanitised } from '../sanitise';

/** What a channel reports. Questions and answers are the business of whoever asked: no conversation is opened or changed. */
export type ReadInbound = Omit<Inbound, 'payload'> & { payload: InboundPayload | { kind: 'question' } };

export const isOfConversations = (inbound: ReadInbound): inbound is Inbound => inbound.payload.kind !== 'question';

export const inboundType = 'throughline.channel.v1.InboundEvent';

/** An event that breaks a rule of the contract: which field, which rule. */
export class InvalidInbound extends Error {
  constructor(
    readonly reason: 'UNKNOWN_TYPE' | 'MALFORMED_DATA' | 'INVALID_EVENT',
    detail: string,
  ) {
    super(detail);
  }
}

const invalid = (field: string, rule: string): InvalidInbound =>
  new InvalidInbound('INVALID_EVENT', `${field}: ${rule}`);

// Reading a phone number or an address costs more than the rest of an event, and the same people come again.
const pointsOfType = (type: string) =>
  memo(20_000, (value) => contactPointText(parseContactPoint(contactPointTypeName(type), value)));
const points = new Map<string, (value: string) => string>();
for (const type of Object.values(commonV1.ContactPointType)) points.set(type, pointsOfType(type));

const pointText = (point: commonV1.ContactPoint | undefined, field: string): string => {
  if (!point) return '';
  try {
    return (points.get(point.type) ?? pointsOfType(point.type))(point.value);
  } catch (error) {
    if (isRefusal(error)) throw invalid(field, (error as Error).message);
    throw error;
  }
};

const sized = (field: string, value: string, max: number, min = 0): string => {
  if (value.length < min || value.length > max) throw invalid(field, `must have ${min} to ${max} characters`);
  return value;
};

const channelShape = /^[a-z][a-z0-9_-]{0,31}$/;
const digitsShape = /^[0-9*#]{1,64}$/;
const earliest = Date.UTC(1990, 0, 1);
const skew = 5 * 60 * 1000;

const mailOf = (facts: channelV1.EmailFacts): InboundMail => {
  if (facts.references.length > 200) throw invalid('message_received.email.references', 'at most 200 items');
  return {
    messageId: sized('message_received.email.message_id', facts.messageId, 998),
    inReplyTo: sized('message_received.email.in_reply_to', facts.inReplyTo, 998),
    references: facts.references,
    plusToken: sized('message_received.email.plus_token', facts.plusToken, 200),
    subjectToken: sized('message_received.email.subject_token', facts.subjectToken, 200),
    nullReturnPath: facts.nullReturnPath,
    autoSubmitted: facts.autoSubmitted.toLowerCase(),
    listOrBulk: facts.listOrBulk,
    suppressAutoResponse: facts.suppressAutoResponse,
    dmarc: facts.dmarc,
  };
};

interface Envelope {
  event: channelV1.InboundEvent;
  effect: string;
  at: number;
  contactPoint: string;
}

const messageOf = (
  received: channelV1.InboundMessageReceived,
  { event, effect, at, contactPoint }: Envelope,
): Message => ({
  id: effect,
  kind: 'INBOUND',
  author: { kind: 'CUSTOMER', id: contactPoint, name: event.displayName },
  channel: event.channel,
  subject: sized('message_received.subject', received.subject, 998),
  text: sized('message_received.text', received.text, 100_000),
  html: received.html ? sanitised(sized('message_received.html', received.html, 150_000)) : '',
  attachments: received.attachments.length > 0 ? received.attachments.slice(0, 100).map(fromAttachment) : [],
  at,
  messageClass: (fromMessageClass(received.messageClass) || 'NORMAL') as MessageClass,
  automatic: false,
  mentions: [],
  mailId: received.email?.messageId ?? '',
  position: 0,
});

type Step = Extract<InboundPayload, { kind: 'call' }>;

const callStep = (step: string, state: Step['state'], extra: Partial<Step> = {}): Step => ({
  kind: 'call',
  step,
  state,
  detail: '',
  durationSeconds: 0,
  queue: '',
  answeredBy: '',
  endReason: '',
  recordingState: '',
  recordingReference: '',
  ...extra,
});

const questionShape = /^ask_[A-Za-z0-9-]{1,96}$/;

const question = (field: string, { questionId, value = 0 }: { questionId: string; value?: number }) => {
  if (!questionShape.test(questionId)) throw invalid(`${field}.question_id`, `must match ${questionShape.source}`);
  if (value < 0 || value > 10) throw invalid(`${field}.value`, 'must be 0 to 10');
  return { kind: 'question' as const };
};

const payloadOf = (envelope: Envelope): ReadInbound['payload'] => {
  const { payload } = envelope.event;
  switch (payload?.$case) {
    case 'messageReceived': {
      const mail = payload.value.email ? mailOf(payload.value.email) : undefined;
      return { kind: 'message', message: messageOf(payload.value, envelope), mail };
    }
    case 'callStarted':
      return callStep('started', 'RINGING', {
        detail: payload.value.direction === channelV1.CallDirection.OUTBOUND ? 'outbound' : 'inbound',
      });
    case 'callQueued':
      return callStep('queued', 'QUEUED', { queue: sized('call_queued.queue', payload.value.queue, 200) });
    case 'callAnswered':
      return callStep('answered', 'TALKING', {
        answeredBy: sized('call_answered.answered_by', payload.value.answeredBy, 320),
      });
    case 'callHeld':
      return callStep('held', 'HELD');
    case 'callResumed':
      return callStep('resumed', 'TALKING');
    case 'callEnded':
      return callStep('ended', 'ENDED', {
        endReason: fromEndReason(payload.value.reason),
        durationSeconds: Number(payload.value.durationSeconds),
        detail: sized('call_ended.ended_by', payload.value.endedBy, 20),
      });
    case 'recordingChanged': {
      const state = fromRecordingState(payload.value.state);
      if (!state) throw invalid('recording_changed.state', 'must be a defined state');
      return callStep(`recording_${state.toLowerCase()}`, '', {
        recordingState: state,
        recordingReference: sized('recording_changed.reference', payload.value.reference, 512),
        durationSeconds: Number(payload.value.durationSeconds),
      });
    }
    case 'keysPressed':
      if (!digitsShape.test(payload.value.digits)) throw invalid('keys_pressed.digits', 'must be 1 to 64 of 0-9 * #');
      return callStep('keys_pressed', '', { detail: payload.value.digits });
    case 'callCommandRefused':
      return callStep('command_refused', '', {
        detail: sized('call_command_refused.command_id', payload.value.commandId, 400, 1),
        conversationId: sized('call_command_refused.conversation_id', payload.value.conversationId, 200),
      });
    case 'deliveryStatusChanged': {
      const { value } = payload;
      const state = fromDeliveryState(value.state);
      if (!state) throw invalid('delivery_status_changed.state', 'must be a defined state');
      return {
        kind: 'delivery',
        messageId: sized('delivery_status_changed.message_id', value.messageId, 200),
        conversationId: sized('delivery_status_changed.conversation_id', value.conversationId, 200),
        state: state as Extract<InboundPayload, { kind: 'delivery' }>['state'],
        code: sized('delivery_status_changed.code', value.code, 64),
        detail: sized('delivery_status_changed.detail', value.detail, 1000),
      };
    }
    case 'questionAsked':
      return question('question_asked', payload.value);
    case 'questionAnswered':
      return question('question_answered', payload.value);
    case 'threadClosed':
      return { kind: 'thread_closed', reason: sized('thread_closed.reason', payload.value.reason, 200) };
    default:
      throw invalid('payload', 'exactly one must be set');
  }
};

// Without this, bytes that are no UTF-8 would be stored as something that nobody sent.
const strictly = (bytes: Uint8Array): string => {
  if (!isUtf8(bytes)) throw new TypeError('text that is not UTF-8');
  return (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)).toString();
};

const decoded = (event: IncomingEvent): channelV1.InboundEvent => {
  if (event.type !== inboundType)
    throw new InvalidInbound('UNKNOWN_TYPE', `expected ${inboundType}, got ${event.type}`);
  try {
    return channelV1.InboundEvent.decode(new BinaryReader(event.data, strictly));
  } catch (error) {
    throw new InvalidInbound('MALFORMED_DATA', (error as Error).message);
  }
};

/** Reads one event of `channel.inbound.v1` and checks every rule of its contract that this service relies on. */
export const readInbound = (incoming: IncomingEvent): ReadInbound => {
  const event = decoded(incoming);
  const { tenantId } = incoming;
  if (!channelShape.test(event.channel)) throw invalid('channel', `must match ${channelShape.source}`);
  sized('adapter', event.adapter, 100, 1);
  sized('thread_key', event.threadKey, 998, 1);
  sized('event_key', event.eventKey, 998, 1);
  sized('display_name', event.displayName, 200);
  sized('destination', event.destination, 320);
  sized('language', event.language, 35);
  if (event.identities.length > 20) throw invalid('identities', 'at most 20 items');
  const occurredAt = event.occurredAt?.getTime();
  if (occurredAt === undefined || Number.isNaN(occurredAt)) throw invalid('occurred_at', 'required');
  if (occurredAt < earliest) throw invalid('occurred_at', 'must not lie before 1990');
  // A clock that runs ahead would sort its event before everything that still comes.
  const at = Math.min(occurredAt, Math.max(incoming.recordedAt.getTime(), Date.now()) + skew);
  const effect = effectClaim(tenantId, event.adapter, event.eventKey);
  const contactPoint = pointText(event.contactPoint, 'contact_point');
  return {
    tenantId,
    channel: event.channel,
    adapter: event.adapter,
    threadKey: event.threadKey,
    effect,
    thread: threadClaim(tenantId, event.channel, event.threadKey),
    at,
    contactPoint,
    displayName: event.displayName,
    destination: event.destination,
    language: event.language,
    verified:
      event.identities.length === 0
        ? []
        : event.identities.map((identity) => ({
            contactPoint: pointText(identity.contactPoint, 'identities.contact_point'),
            evidence: sized('identities.evidence', identity.evidence, 64, 1),
          })),
    payload: payloadOf({ event, effect, at, contactPoint }),
    raw: incoming.raw,
    traceparent: incoming.traceparent,
  };
};
