import { channelV1, notificationV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { Delivery, Step } from '../domain/delivery/delivery';
import { wirePoint } from '../wire/points';
import { wireClass } from '../wire/policy';

const factsOf = (delivery: Delivery): v1.DeliveryFacts => ({
  deliveryId: delivery.id,
  customerId: delivery.customerId,
  channel: delivery.channel,
  messageClass: wireClass(delivery.messageClass),
  topic: delivery.topic,
  department: delivery.department,
  kind: delivery.kind,
  aboutId: delivery.aboutId,
  subject: delivery.content.subject,
});

const titleOf = ({ content, channel, messageClass, confidential, kind }: Delivery): string => {
  const words = content.subject || (confidential ? kind : content.text.replace(/\s+/g, ' ').slice(0, 60));
  return `${messageClass} ${channel} "${words}"`;
};

const minute = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const messageOf = (delivery: Delivery, { state, reason, detail }: Step): [string, Uint8Array] | undefined => {
  const facts = factsOf(delivery);
  const title = titleOf(delivery);
  const why = detail || reason;
  const say = (summary: string) => ({ delivery: facts, summary });
  switch (state) {
    case 'held': {
      const summary = `${title} until ${minute(delivery.dueAt ?? 0)}: ${why}`;
      const message = { ...say(summary), reason, detail, until: new Date(delivery.dueAt ?? 0) };
      return ['DeliveryHeld', v1.DeliveryHeld.encode(message).finish()];
    }
    case 'refused':
      return ['DeliveryRefused', v1.DeliveryRefused.encode({ ...say(`${title}: ${why}`), reason, detail }).finish()];
    case 'queued': {
      const more = delivery.together.length > 0 ? `, with ${delivery.together.length} more` : '';
      const message = { ...say(`${title}${more}`), digestDeliveryIds: delivery.together };
      return ['DeliveryQueued', v1.DeliveryQueued.encode(message).finish()];
    }
    case 'digested': {
      const message = { ...say(`${title}, with another message`), joinedDeliveryId: delivery.joined };
      return ['DeliveryDigested', v1.DeliveryDigested.encode(message).finish()];
    }
    case 'sent': {
      const message = { ...say(title), providerId: delivery.providerId };
      return ['DeliverySent', v1.DeliverySent.encode(message).finish()];
    }
    case 'unknown':
      return ['DeliveryDoubted', v1.DeliveryDoubted.encode({ ...say(`${title}: ${why}`), detail }).finish()];
    case 'delivered':
    case 'read': {
      const message = { ...say(title), read: state === 'read' };
      return ['DeliveryConfirmed', v1.DeliveryConfirmed.encode(message).finish()];
    }
    case 'failed':
      return ['DeliveryFailed', v1.DeliveryFailed.encode({ ...say(`${title}: ${why}`), reason, detail }).finish()];
    case 'bounced': {
      const message = { ...say(`${title}: ${[reason, detail].filter(Boolean).join(' ')}`), code: reason, detail };
      return ['DeliveryBounced', v1.DeliveryBounced.encode(message).finish()];
    }
    case 'complained':
      return ['DeliveryComplained', v1.DeliveryComplained.encode({ ...say(title), detail }).finish()];
    default:
      return undefined;
  }
};

const attributesOf = (delivery: Delivery, at: number, recordedAt: number) => ({
  time: new Date(at),
  recordedAt: new Date(recordedAt),
  contactPoint: delivery.point,
  channel: delivery.channel,
  ...(delivery.conversationId ? { conversationId: delivery.conversationId } : {}),
  ...(delivery.issueId ? { issueId: delivery.issueId } : {}),
});

/** A step of a delivery as the world is told it; nothing for steps that only we need. */
export const deliveryEvents = (delivery: Delivery, step: Step, tenantId: string, recordedAt: number): NewEvent[] => {
  const told = messageOf(delivery, step);
  if (!told) return [];
  const [name, data] = told;
  return [
    {
      type: `throughline.notification.v1.${name}`,
      subject: delivery.id,
      key: `${tenantId}/${delivery.customerId}`,
      ...attributesOf(delivery, step.at, recordedAt),
      data,
    },
  ];
};

/** The order to an adapter to send it, in the same write as the state: it is asked once, and sends once per message id. */
export const sendOrder = (
  delivery: Delivery,
  { text, html }: { text: string; html: string },
  unsubscribeUrl: string,
  tenantId: string,
  recordedAt: number,
): NewEvent => ({
  topic: 'channel.outbound.v1',
  key: `${tenantId}/${delivery.id}`,
  type: 'throughline.channel.v1.MessageSendRequested',
  subject: delivery.id,
  ...attributesOf(delivery, recordedAt, recordedAt),
  data: channelV1.MessageSendRequested.encode(
    channelV1.MessageSendRequested.fromPartial({
      messageId: delivery.id,
      conversationId: delivery.conversationId,
      channel: delivery.channel,
      to: wirePoint(delivery.point),
      subject: delivery.content.subject,
      text,
      html,
      purpose: channelV1.SendPurpose.NOTIFICATION,
      requestedAt: new Date(recordedAt),
      unsubscribeUrl,
      ...(delivery.content.question ? { question: delivery.content.question } : {}),
      atMostOnce: delivery.messageClass !== 'transactional',
    } as never),
  ).finish(),
});
