import type { ScaleQuestion } from '@throughline/core';
import { notificationV1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import { wirePoint } from '../wire/words';

/** What a fact says about itself beside its message. */
export interface Around {
  subject: string;
  at: number;
  recordedAt: number;
  contactPoint?: string | undefined;
  conversationId?: string | undefined;
  issueId?: string | undefined;
  channel?: string | undefined;
}

/** A message to a customer. */
export interface Message {
  subject: string;
  text: string;
  html: string;
  question?: ScaleQuestion;
}

/** A fact of ours on a topic. */
export const event = (topic: string, name: string, data: Uint8Array, around: Around): NewEvent => ({
  type: `throughline.feedback.v1.${name}`,
  topic,
  subject: around.subject,
  time: new Date(around.at),
  recordedAt: new Date(around.recordedAt),
  ...(around.contactPoint ? { contactPoint: around.contactPoint } : {}),
  ...(around.conversationId ? { conversationId: around.conversationId } : {}),
  ...(around.issueId ? { issueId: around.issueId } : {}),
  ...(around.channel ? { channel: around.channel } : {}),
  data,
});

/** What somebody is to be told, and what it is about. */
export interface Saying {
  tenantId: string;
  /** Messages to one person keep their order. */
  customerId: string;
  to: string;
  message: Message;
  /** What customers choose by in their preferences. */
  topic: string;
  kind: string;
  aboutId: string;
  expiresAt?: number | undefined;
  /** The words hold a link that answers in the customer's name. */
  confidential: boolean;
}

/** A message for the notification service: its contact policy decides whether and when it goes. The event is one message. */
export const notificationRequest = (saying: Saying, around: Around): NewEvent => {
  const { tenantId, customerId, to, message, topic, kind, aboutId, expiresAt, confidential } = saying;
  const { question, ...words } = message;
  const notification = notificationV1.NotificationRequest.fromPartial({
    to: wirePoint(to),
    messageClass: notificationV1.MessageClass.SERVICE,
    topic,
    department: 'feedback',
    content: { $case: 'plain', value: words },
    ...(question ? { question } : {}),
    conversationId: around.conversationId ?? '',
    issueId: around.issueId ?? '',
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
    kind,
    aboutId,
    confidential,
  } as never);
  const data = notificationV1.NotificationRequested.encode({ notification }).finish();
  const channel = to.slice(0, to.indexOf(':'));
  return {
    ...event('notification.requests.v1', '', data, { ...around, subject: aboutId, contactPoint: to, channel }),
    key: `${tenantId}/${customerId}`,
    type: 'throughline.notification.v1.NotificationRequested',
  };
};
