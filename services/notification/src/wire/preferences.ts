import type { notificationV1 as v1 } from '@throughline/proto';
import type { Book, Channel, Consent, OptOut } from '../domain/book/book';
import { quietOf, wireClass, wireQuiet } from './policy';

export const wireConsent = (consent: Consent): v1.Consent => ({
  id: consent.id,
  channel: consent.channel,
  topic: consent.topic,
  givenAt: new Date(consent.givenAt),
  source: consent.source,
  wording: consent.wording,
  evidence: consent.evidence,
  withdrawnAt: consent.withdrawnAt === undefined ? undefined : new Date(consent.withdrawnAt),
  recordedBy: consent.actor,
});

export const wirePreferences = (book: Book): v1.Preferences => ({
  customerId: book.customerId,
  language: book.language,
  timeZone: book.zone?.name ?? '',
  timeZoneSource: book.zone?.source ?? '',
  quietHours: book.quiet && wireQuiet({ ...book.quiet, holds: [] }),
  pausedUntil: book.pausedUntil === 0 ? undefined : new Date(book.pausedUntil),
  optOuts: book.optOuts.map(({ at, ...rest }) => ({ ...rest, at: new Date(at) })),
  risks: book.risks
    .filter(({ endedAt }) => endedAt === undefined)
    .map(({ reason, until, source }) => ({ reason, until: new Date(until), source })),
  spent: book.granted
    .filter(({ into }) => into === undefined)
    .map(({ id, at, messageClass, channel, department }) => ({
      deliveryId: id,
      at: new Date(at),
      messageClass: wireClass(messageClass),
      channel,
      department,
    })),
  heldDeliveryIds: book.held.map(({ id }) => id),
});

export interface Wishes {
  language: string;
  zone: { name: string; source: string } | undefined;
  quiet: { starts: number; ends: number } | undefined;
  pausedUntil: number;
  optOuts: OptOut[];
}

/** What a customer may set of them. */
export const wishesOf = (wire: v1.Preferences, now: number): Wishes => {
  const quiet = wire.quietHours && quietOf(wire.quietHours);
  return {
    language: wire.language,
    zone: wire.timeZone ? { name: wire.timeZone, source: wire.timeZoneSource || 'profile' } : undefined,
    quiet: quiet && { starts: quiet.starts, ends: quiet.ends },
    pausedUntil: wire.pausedUntil?.getTime() ?? 0,
    optOuts: wire.optOuts.map(({ topic, channel, at, source }) => ({
      topic,
      channel: channel as Channel | '',
      at: at?.getTime() ?? now,
      source: source || 'preferences',
    })),
  };
};
