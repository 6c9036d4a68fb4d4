import { invalidField, isZone, Refusal } from '@throughline/core';
import type { NewNotification } from '../../use-cases/accept-notifications';
import { wireDelivery } from '../../wire/delivery';
import { addressOf } from '../../wire/notification';
import type { Rpc } from './deps';
import { askedOf } from './deps';

const localTime = (at: Date, zone: string): string =>
  `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(at)} (${zone})`;

/** Says early that it takes longer, why, and by when the customer hears again; that is promised in SLA. */
export const sendDelayNotice: Rpc<'sendDelayNotice'> = (deps) => async (request, call) => {
  const { tenantId, subject } = call.caller;
  const zone = request.timeZone || 'Etc/UTC';
  if (!isZone(zone))
    throw new Refusal('invalid', 'TIME_ZONE_UNKNOWN', 'time_zone: expected a zone of the IANA database');
  const nextAt = request.nextAt!;
  if (nextAt.getTime() <= deps.now()) throw invalidField('next_at', 'future', 'must lie ahead');
  const { what, reason, language, conversationId, ownerId, teamId } = request;
  const point = addressOf(request.to);
  const notification: NewNotification = {
    point,
    customerId: '',
    channel: '',
    messageClass: 'service',
    topic: 'delays',
    department: teamId,
    kind: 'delay',
    aboutId: conversationId,
    conversationId,
    issueId: '',
    expiresAt: undefined,
    wording: {
      kind: 'template',
      templateId: 'delay-notice',
      version: 0,
      language,
      values: { what, reason, next_time: localTime(nextAt, zone) },
    },
  };
  const delivery = await deps.accept(tenantId, notification, askedOf('SendDelayNotice', request, call));
  const promiseId = `delay-${delivery.id}`.slice(0, 64);
  await deps.promises.makeTo(tenantId, {
    promiseId,
    point,
    what: `tell you more about ${what}`,
    dueAt: nextAt.getTime(),
    zone,
    conversationId,
    ownerId: ownerId || subject,
    teamId,
  });
  return { delivery: wireDelivery(delivery), promiseId };
};
