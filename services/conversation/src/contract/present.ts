import { conversationV1 as v1 } from '@throughline/proto';
import type { Conversation, FollowedPromise, Message } from '../domain/conversation';
import type { CustomerOf } from '../domain/customers';
import { nextPromise } from '../domain/service-level';
import {
  toActor,
  toAttachment,
  toCallState,
  toContactPoint,
  toDeliveryState,
  toEvidence,
  toMessageClass,
  toPriority,
  toState,
  toTime,
} from './names';

export const presentConversation = (state: Conversation, customerOf: CustomerOf): v1.Conversation => ({
  id: state.id,
  state: toState(state.state),
  channel: state.channel,
  contactPoint: toContactPoint(state.contactPoint),
  customerId: customerOf(state.tenantId, state.contactPoint),
  customerName: state.customerName,
  subject: state.subject,
  language: state.language,
  topic: state.topic,
  priority: toPriority(state.priority),
  tags: state.tags,
  attributes: state.attributes,
  assigneeId: state.assigneeId,
  queueId: state.queueId,
  issueId: state.issueId,
  wrapUpCode: state.wrapUpCode,
  createdAt: toTime(state.createdAt),
  updatedAt: toTime(state.updatedAt),
  solvedAt: toTime(state.solvedAt),
  closedAt: toTime(state.closedAt),
  snoozedUntil: toTime(state.snoozedUntil),
  reopenCount: state.reopenCount,
  messageCount: BigInt(state.messageCount),
  mergedIntoId: state.mergedIntoId,
  sequence: BigInt(state.sequence),
  draft: presentDraft(state),
  suggestedConversationId: state.suggestedId,
  destination: state.destination,
  callState: toCallState(state.callState),
  handover: state.handover,
  nextPromise: presentPromise(nextPromise(state)),
});

const presentPromise = (promise: FollowedPromise | undefined): v1.NextPromise | undefined =>
  promise && {
    promiseId: promise.id,
    what: promise.what,
    dueAt: new Date(promise.dueAt),
    timeZone: promise.timeZone,
  };

export const presentDraft = ({ draft }: Conversation): v1.Draft | undefined =>
  draft && {
    text: draft.text,
    author: toActor(draft.author),
    savedAt: new Date(draft.at),
    revision: BigInt(draft.revision),
  };

const kinds = {
  INBOUND: v1.MessageKind.INBOUND,
  OUTBOUND: v1.MessageKind.OUTBOUND,
  NOTE: v1.MessageKind.NOTE,
};

export const presentMessage = (message: Message, state: Conversation): v1.Message => {
  const delivery = message.kind === 'OUTBOUND' ? state.deliveries.find((one) => one.id === message.id) : undefined;
  return {
    id: message.id,
    conversationId: state.id,
    kind: kinds[message.kind],
    author: toActor(message.author),
    channel: message.channel,
    subject: message.subject,
    text: message.text,
    html: message.html,
    attachments: message.attachments.map(toAttachment),
    occurredAt: new Date(message.at),
    deliveryState: toDeliveryState(delivery?.state ?? ''),
    deliveryDetail: delivery?.detail ?? '',
    threading: toEvidence(message.threading),
    mentions: message.mentions,
    automatic: message.automatic,
    messageClass: message.kind === 'INBOUND' ? toMessageClass(message.messageClass) : toMessageClass(''),
    position: BigInt(message.position),
  };
};
