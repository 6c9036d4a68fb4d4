import { invalidField } from '@throughline/core';
import type { Channel } from '../../domain/book/book';
import { giveConsent } from '../../domain/book/wishes';
import { wireConsent } from '../../wire/preferences';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Records a consent with its proof. */
export const recordConsent: Rpc<'recordConsent'> = (deps) => async (request, call) => {
  const { customerId } = request;
  const given = request.consent!;
  const at = deps.now();
  const point = await deps.points.pointOf(call.caller.tenantId, customerId);
  const givenAt = given.givenAt!.getTime();
  if (givenAt > at + 60_000) throw invalidField('consent.given_at', 'GIVEN_IN_THE_FUTURE', 'cannot lie ahead');
  const asked = askedOf('RecordConsent', request, call);
  const { channel, topic, source, wording, evidence } = given;
  const id = given.id || (asked ? `cns_${asked.fingerprint}` : `cns_${deps.newId()}`);
  const consent = {
    id,
    channel: channel as Channel,
    topic,
    source,
    wording,
    evidence,
    givenAt,
    actor: call.caller.subject,
  };
  const told = { type: 'consentGiven' as const, customerId, point, at, consent };
  await deps.books.change(
    call.caller.tenantId,
    customerId,
    (book) => ({ book: giveConsent(book, consent), told: [told] }),
    asked,
  );
  return { consent: wireConsent(consent) };
};
