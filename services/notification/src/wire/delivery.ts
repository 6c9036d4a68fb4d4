import { notificationV1 as v1 } from '@throughline/proto';
import type { Delivery, DeliveryState } from '../domain/delivery/delivery';
import { wirePoint } from './points';
import { wireClass } from './policy';

const states: Record<DeliveryState, v1.DeliveryState> = {
  requested: v1.DeliveryState.REQUESTED,
  held: v1.DeliveryState.HELD,
  refused: v1.DeliveryState.REFUSED,
  digested: v1.DeliveryState.DIGESTED,
  queued: v1.DeliveryState.QUEUED,
  sending: v1.DeliveryState.SENDING,
  unknown: v1.DeliveryState.UNKNOWN,
  sent: v1.DeliveryState.SENT,
  delivered: v1.DeliveryState.DELIVERED,
  read: v1.DeliveryState.READ,
  failed: v1.DeliveryState.FAILED,
  bounced: v1.DeliveryState.BOUNCED,
  complained: v1.DeliveryState.COMPLAINED,
};
const names = new Map(Object.entries(states).map(([name, value]) => [value, name as DeliveryState]));

export const wireState = (state: DeliveryState): v1.DeliveryState => states[state];
export const stateOf = (value: v1.DeliveryState): DeliveryState[] => {
  const name = names.get(value);
  return name ? [name] : [];
};

export const wireDelivery = (delivery: Delivery): v1.Delivery => ({
  id: delivery.id,
  customerId: delivery.customerId,
  to: wirePoint(delivery.point),
  channel: delivery.channel,
  messageClass: wireClass(delivery.messageClass),
  topic: delivery.topic,
  department: delivery.department,
  state: states[delivery.state],
  reason: delivery.reason,
  detail: delivery.detail,
  holdUntil: delivery.state === 'held' && delivery.dueAt !== undefined ? new Date(delivery.dueAt) : undefined,
  digestDeliveryIds: delivery.together,
  joinedDeliveryId: delivery.joined,
  attempts: delivery.attempts,
  providerId: delivery.providerId,
  subject: delivery.content.subject,
  text: delivery.confidential ? '' : delivery.content.text,
  templateId: delivery.content.templateId,
  templateVersion: BigInt(delivery.content.templateVersion),
  language: delivery.content.language,
  kind: delivery.kind,
  aboutId: delivery.aboutId,
  conversationId: delivery.conversationId,
  issueId: delivery.issueId,
  createdAt: new Date(delivery.createdAt),
  updatedAt: new Date(delivery.history.at(-1)?.at ?? delivery.createdAt),
  history: delivery.history.map(({ state, at, reason, detail }) => ({
    state: states[state],
    at: new Date(at),
    reason,
    detail,
  })),
  confidential: delivery.confidential ?? false,
});
