import { invalidField, Refusal } from '@throughline/core';
import type { notificationV1 } from '@throughline/proto';
import type { Channel } from '../domain/book/book';
import type { Message } from '../domain/incident/telling';
import type { NewNotification } from '../use-cases/accept-notifications';
import type { Wording } from '../use-cases/word-notification';
import { pointText } from './points';
import { classOf } from './policy';

const wordingOf = ({ content, question }: notificationV1.NotificationRequest): Wording => {
  if (content?.$case === 'plain') return { kind: 'plain', ...content.value, question };
  if (content?.$case === 'template') {
    const { templateId, version, language, variables } = content.value;
    return { kind: 'template', templateId, version: Number(version), language, values: variables };
  }
  throw invalidField('content', 'required', 'give a template or words');
};

/** The one address of a message; refuses lists and what is none. */
export const addressOf = (to: notificationV1.NotificationRequest['to']): string => {
  const value = to?.value ?? '';
  if (/[,;]/.test(value)) {
    const description = 'one address; a list of addresses would show each of them to the others';
    throw new Refusal('invalid', 'ADDRESS_LIST', `to.value: ${description}`, {
      violations: [{ field: 'to.value', rule: 'address_list', description }],
    });
  }
  try {
    return pointText(to!);
  } catch (error) {
    const description = (error as Error).message;
    throw new Refusal('invalid', 'ADDRESS_INVALID', `to: ${description}`, {
      violations: [{ field: 'to.value', rule: 'address_invalid', description }],
    });
  }
};

/** A message to many, still without an address. */
export const readMessage = (wire: notificationV1.NotificationRequest): Message => ({
  channel: wire.channel as Channel | '',
  messageClass: classOf(wire.messageClass)!,
  topic: wire.topic,
  department: wire.department,
  kind: wire.kind,
  aboutId: wire.aboutId,
  conversationId: wire.conversationId,
  issueId: wire.issueId,
  expiresAt: wire.expiresAt?.getTime(),
  wording: wordingOf(wire),
  confidential: wire.confidential,
});

/** A message as a caller asks for it. */
export const readNotification = (wire: notificationV1.NotificationRequest): NewNotification => ({
  ...readMessage(wire),
  point: addressOf(wire.to),
  customerId: wire.customerId,
});
