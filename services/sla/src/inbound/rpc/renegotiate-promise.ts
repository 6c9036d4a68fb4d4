import { decide } from '../../domain/promise/promise';
import type { Rpc } from './deps';
import { askedOf, promised } from './deps';

/** Agrees another due time, before the old one has come. */
export const renegotiatePromise: Rpc<'renegotiatePromise'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const at = deps.now();
  const dueAt = request.dueAt?.getTime() ?? Number.NaN;
  const changed = await deps.promises.change(
    tenantId,
    request.promiseId,
    (current) => decide(current, { type: 'renegotiate', at, dueAt, reason: request.reason }),
    at,
    askedOf('RenegotiatePromise', request, call),
  );
  return promised(changed);
};
