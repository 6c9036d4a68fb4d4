import { decide } from '../../domain/promise/promise';
import type { Rpc } from './deps';
import { askedOf, promised } from './deps';

/** Takes it back, before it is due. */
export const withdrawPromise: Rpc<'withdrawPromise'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const at = deps.now();
  const changed = await deps.promises.change(
    tenantId,
    request.promiseId,
    (current) => decide(current, { type: 'withdraw', at, reason: request.reason }),
    at,
    askedOf('WithdrawPromise', request, call),
  );
  return promised(changed);
};
