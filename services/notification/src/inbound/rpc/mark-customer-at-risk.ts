import { invalidField } from '@throughline/core';
import { markRisk } from '../../domain/book/wishes';
import { wirePreferences } from '../../wire/preferences';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Keeps promotional messages away. */
export const markCustomerAtRisk: Rpc<'markCustomerAtRisk'> = (deps) => async (request, call) => {
  const { customerId, reason } = request;
  const at = deps.now();
  const point = await deps.points.pointOf(call.caller.tenantId, customerId);
  const until = request.until!.getTime();
  if (until <= at) throw invalidField('until', 'future', 'must lie ahead');
  const risk = { reason, until, source: call.caller.subject };
  const told = { type: 'riskMarked' as const, customerId, point, at, risk };
  const book = await deps.books.change(
    call.caller.tenantId,
    customerId,
    (current) => ({ book: markRisk(current, risk, at), told: [told] }),
    askedOf('MarkCustomerAtRisk', request, call),
  );
  return { preferences: wirePreferences(book) };
};
