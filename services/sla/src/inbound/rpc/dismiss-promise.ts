import { decide } from '../../domain/promise/promise';
import type { Rpc } from './deps';
import { askedOf, promised } from './deps';

/** Says that what was proposed is no promise. */
export const dismissPromise: Rpc<'dismissPromise'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const at = deps.now();
  const changed = await deps.promises.change(
    tenantId,
    request.promiseId,
    (current) => decide(current, { type: 'dismiss', at, reason: request.reason }),
    at,
    askedOf('DismissPromise', request, call),
  );
  return promised(changed);
};
