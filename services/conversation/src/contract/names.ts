import type { channelV1, conversationV1 } from '@throughline/proto';
import { commonV1 } from '@throughline/proto';
import type { Actor, Attachment, Evidence } from '../domain/conversation';

/** Our names are those of the contract without their prefix. */
export const toState = (state: string): conversationV1.ConversationState =>
  `CONVERSATION_STATE_${state || 'UNSPECIFIED'}` as conversationV1.ConversationState;
export const toPriority = (priority: string): conversationV1.Priority =>
  (priority.startsWith('PRIORITY') ? priority : `PRIORITY_${priority}`) as conversationV1.Priority;
export const toCallState = (state: string): conversationV1.CallState =>
  `CALL_STATE_${state || 'UNSPECIFIED'}` as conversationV1.CallState;
export const toDeliveryState = (state: string): channelV1.DeliveryState =>
  `DELIVERY_STATE_${state || 'UNSPECIFIED'}` as channelV1.DeliveryState;
export const toMessageClass = (value: string): channelV1.MessageClass =>
  `MESSAGE_CLASS_${value || 'UNSPECIFIED'}` as channelV1.MessageClass;
export const toEndReason = (value: string): channelV1.CallEndReason =>
  `CALL_END_REASON_${value || 'UNSPECIFIED'}` as channelV1.CallEndReason;
export const toRecordingState = (value: string): channelV1.RecordingState =>
  `RECORDING_STATE_${value || 'UNSPECIFIED'}` as channelV1.RecordingState;

const bare = (prefix: string, value: string): string => {
  const name = value.startsWith(prefix) ? value.slice(prefix.length) : '';
  return name === 'UNSPECIFIED' ? '' : name;
};
export const fromState = (value: string): string => bare('CONVERSATION_STATE_', value);
export const fromPriority = (value: string): string => bare('PRIORITY_', value);
export const fromDeliveryState = (value: string): string => bare('DELIVERY_STATE_', value);
export const fromMessageClass = (value: string): string => bare('MESSAGE_CLASS_', value);
export const fromEndReason = (value: string): string => bare('CALL_END_REASON_', value);
export const fromRecordingState = (value: string): string => bare('RECORDING_STATE_', value);

const pointTypes: Record<string, commonV1.ContactPointType> = {
  email: commonV1.ContactPointType.EMAIL,
  phone: commonV1.ContactPointType.PHONE,
  chat: commonV1.ContactPointType.CHAT,
  external: commonV1.ContactPointType.EXTERNAL,
};

export const toContactPoint = (text: string): commonV1.ContactPoint | undefined => {
  const colon = text.indexOf(':');
  const type = pointTypes[text.slice(0, colon)];
  return type ? { type, value: text.slice(colon + 1) } : undefined;
};

export const contactPointTypeName = (type: string): string => bare('CONTACT_POINT_TYPE_', type).toLowerCase();

export const toActor = (actor: Actor): commonV1.Actor => ({
  kind: `ACTOR_KIND_${actor.kind}` as commonV1.ActorKind,
  id: actor.id,
  displayName: actor.name,
});

export const toAttachment = (attachment: Attachment): channelV1.Attachment => ({
  ...attachment,
  sizeBytes: BigInt(attachment.sizeBytes),
});

export const fromAttachment = (attachment: channelV1.Attachment): Attachment => ({
  ...attachment,
  sizeBytes: Number(attachment.sizeBytes),
});

export const toEvidence = (evidence: Evidence | undefined): conversationV1.ThreadingEvidence | undefined =>
  evidence && {
    score: evidence.score,
    signals: evidence.signals,
    outcome: `THREADING_OUTCOME_${evidence.outcome}` as conversationV1.ThreadingOutcome,
    conversationId: evidence.conversationId,
  };

export const toTime = (ms: number): Date | undefined => (ms > 0 ? new Date(ms) : undefined);
