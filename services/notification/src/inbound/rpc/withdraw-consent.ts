import { withdrawConsent as withdrawn } from '../../domain/book/wishes';
import { wireConsent } from '../../wire/preferences';
import type { Rpc } from './deps';
import { askedOf, notFound } from './deps';

/** Takes a consent back. */
export const withdrawConsent: Rpc<'withdrawConsent'> = (deps) => async (request, call) => {
  const { customerId, consentId } = request;
  const at = deps.now();
  const point = await deps.points.pointOf(call.caller.tenantId, customerId);
  const book = await deps.books.change(
    call.caller.tenantId,
    customerId,
    (current) => {
      const before = current.consents.find(({ id }) => id === consentId);
      const after = withdrawn(current, consentId, at);
      if (!before || !after) throw notFound('CONSENT', consentId);
      if (before.withdrawnAt !== undefined) return undefined;
      const consent = { ...before, withdrawnAt: at };
      const source = request.source || call.caller.subject;
      return { book: after, told: [{ type: 'consentWithdrawn', customerId, point, at, consent, source }] };
    },
    askedOf('WithdrawConsent', request, call),
  );
  return { consent: wireConsent(book.consents.find(({ id }) => id === consentId)!) };
};
