import { isZone, Refusal } from '@throughline/core';
import { wirePreferences, wishesOf } from '../../wire/preferences';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Replaces what a customer wishes. */
export const updatePreferences: Rpc<'updatePreferences'> = (deps) => async (request, call) => {
  const { customerId } = request;
  const at = deps.now();
  const point = await deps.points.pointOf(call.caller.tenantId, customerId);
  const wishes = wishesOf(request.preferences!, at);
  if (wishes.zone && !isZone(wishes.zone.name)) {
    const description = 'expected a zone of the IANA database, for example Europe/Berlin';
    throw new Refusal('invalid', 'TIME_ZONE_UNKNOWN', `preferences.time_zone: ${description}`, {
      violations: [{ field: 'preferences.time_zone', rule: 'time_zone_unknown', description }],
    });
  }
  const summary = `${wishes.optOuts.length} opt-outs${wishes.pausedUntil > at ? ', paused' : ''}`;
  const told = { type: 'preferencesChanged' as const, customerId, point, at, summary, source: call.caller.subject };
  const book = await deps.books.change(
    call.caller.tenantId,
    customerId,
    (current) => ({ book: { ...current, ...wishes }, told: [told] }),
    askedOf('UpdatePreferences', request, call),
  );
  return { preferences: wirePreferences(book) };
};
