import { decide } from '../../domain/promise/promise';
import type { Rpc } from './deps';
import { askedOf, promised } from './deps';

/** Says that it was kept; late when that is after it was due. */
export const keepPromise: Rpc<'keepPromise'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const at = deps.now();
  const changed = await deps.promises.change(
    tenantId,
    request.promiseId,
    (current) => decide(current, { type: 'keep', at, note: request.note }),
    at,
    askedOf('KeepPromise', request, call),
  );
  return promised(changed);
};
