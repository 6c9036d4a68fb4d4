import { invalidField, Refusal } from '@throughline/core';
import type { notificationV1 } from '@throughline/proto';
import type { Channel } from '../../domain/book/book';
import type { NewNotification } from '../../use-cases/accept-notifications';
import type { Wording } from '../../use-cases/word-notification';
import { pointText } from '../../wire/points';
import { classOf } from '../../wire/policy';

const wordingOf = ({ content }: notificationV1.NotificationRequest): Wording => {
  if (content?.$case === 'plain') return { kind: 'plain', ...content.value };
  if (content?.$case === 'template') {
    const { templateId, version, language, variables } = content.value;
    return { kind: 'template', templateId, version: Number(version), language, values: variables };
  }
  throw invalidField('content', 'required', 'give a template or words');
};

const addressOf = (to: notificationV1.NotificationRequest['to']): string => {
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

/** A message as a caller asks for it. */
export const readNotification = (wire: notificationV1.NotificationRequest): NewNotification => ({
  point: addressOf(wire.to),
  customerId: wire.customerId,
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
});
