import type { Bus } from '@throughline/bus';
import { encodeEvent } from '@throughline/bus';
import { contactPointText, isRefusal, parseContactPoint, uuidFromHash } from '@throughline/core';
import { channelV1, commonV1 } from '@throughline/proto';
import type { Intake } from '@throughline/telemetry';
import { sampledTraceparent } from '@throughline/telemetry';
import type { CallEvent, ToldStep } from '../domain/call-event';
import type { Inbox } from '../use-cases/ports';

const adapter = 'channel-voice';
const { CallEndReason, RecordingState, CallDirection } = channelV1;

const endReasons: Record<string, channelV1.CallEndReason> = {
  completed: CallEndReason.COMPLETED,
  canceled: CallEndReason.ABANDONED,
  busy: CallEndReason.BUSY,
  'no-answer': CallEndReason.NO_ANSWER,
  failed: CallEndReason.FAILED,
};
const recordingStates = {
  started: RecordingState.STARTED,
  paused: RecordingState.PAUSED,
  resumed: RecordingState.RESUMED,
  stopped: RecordingState.STOPPED,
  available: RecordingState.AVAILABLE,
};

const payloadOf = (event: CallEvent & { step: ToldStep }): channelV1.InboundEvent['payload'] => {
  const durationSeconds = BigInt(event.durationSeconds);
  switch (event.step) {
    case 'incoming':
      return {
        $case: 'callStarted',
        value: { direction: event.outbound ? CallDirection.OUTBOUND : CallDirection.INBOUND },
      };
    case 'queued':
      return { $case: 'callQueued', value: { queue: event.queue } };
    case 'answered':
      return { $case: 'callAnswered', value: { answeredBy: event.answeredBy } };
    case 'hold':
      return { $case: 'callHeld', value: {} };
    case 'resumed':
      return { $case: 'callResumed', value: {} };
    case 'ended': {
      const reason = endReasons[event.status] ?? CallEndReason.COMPLETED;
      return { $case: 'callEnded', value: { reason, durationSeconds, endedBy: event.endedBy.slice(0, 20) } };
    }
    case 'recording': {
      const { state, reference } = event.recording!;
      return { $case: 'recordingChanged', value: { state: recordingStates[state], reference, durationSeconds } };
    }
    case 'keypad':
      return { $case: 'keysPressed', value: { digits: event.digits } };
  }
};

/** Withheld and test numbers name nobody: the call is taken without a contact point. */
const contactPoint = (from: string) => {
  try {
    return parseContactPoint('phone', from);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
};

/** Publishes to the core. Equal events get equal ids. */
export const createInbox = (bus: Pick<Bus, 'producer'>, now: () => number, intake: Intake): Inbox => {
  const tell = async (
    tenantId: string,
    event: Pick<channelV1.InboundEvent, 'threadKey' | 'eventKey' | 'payload'> & Partial<channelV1.InboundEvent>,
    occurredAt: number,
    point?: ReturnType<typeof contactPoint>,
  ): Promise<void> => {
    const { threadKey, eventKey } = event;
    const envelope = channelV1.InboundEvent.fromPartial({
      channel: 'voice',
      adapter,
      occurredAt: new Date(occurredAt),
      contactPoint: point && { type: commonV1.ContactPointType.PHONE, value: point.value },
      ...event,
    });
    const value = encodeEvent({
      id: uuidFromHash('inbound', tenantId, adapter, eventKey),
      source: adapter,
      type: 'throughline.channel.v1.InboundEvent',
      subject: threadKey,
      time: new Date(occurredAt),
      tenantId,
      recordedAt: new Date(now()),
      channel: 'voice',
      ...(point ? { contactPoint: contactPointText(point) } : {}),
      data: channelV1.InboundEvent.encode(envelope).finish(),
    });
    const key = `${tenantId}/voice/${threadKey}`;
    await bus.producer.publish([{ topic: 'channel.inbound.v1', key, value, traceparent: sampledTraceparent() }]);
  };
  return {
    async publish(tenantId, event) {
      const { callSid: threadKey, eventKey, to: destination } = event;
      const said = { threadKey, eventKey, destination, payload: payloadOf(event) };
      await intake('call event', () => tell(tenantId, said, event.occurredAt, contactPoint(event.from)));
    },
    async asked(tenantId, event, questionId) {
      const { callSid: threadKey, to: destination } = event;
      const payload = { $case: 'questionAsked' as const, value: { questionId } };
      const said = { threadKey, eventKey: `${threadKey}/asked/${questionId}`, destination, payload };
      await tell(tenantId, said, event.occurredAt, contactPoint(event.from));
    },
    async answered(tenantId, event, questionId, value) {
      const { callSid: threadKey, to: destination } = event;
      const payload = { $case: 'questionAnswered' as const, value: { questionId, value } };
      // Whatever is pressed next has the same key: it is known already.
      const said = { threadKey, eventKey: `${threadKey}/answered/${questionId}`, destination, payload };
      await intake('call answer', () => tell(tenantId, said, event.occurredAt, contactPoint(event.from)));
    },
    async refused({ tenantId, commandId, conversationId, callSid }) {
      const eventKey = `command/${commandId}/refused`;
      const payload = { $case: 'callCommandRefused' as const, value: { commandId, conversationId } };
      await tell(tenantId, { threadKey: callSid || eventKey, eventKey, payload }, now());
    },
  };
};
