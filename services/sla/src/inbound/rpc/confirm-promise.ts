import { decide } from '../../domain/promise/promise';
import type { Rpc } from './deps';
import { askedOf, promised } from './deps';

/** Makes a promise of what was proposed. */
export const confirmPromise: Rpc<'confirmPromise'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { promiseId, what, ownerId } = request;
  const at = deps.now();
  const dueAt = request.dueAt?.getTime();
  const changed = await deps.promises.change(
    tenantId,
    promiseId,
    (current) => decide(current, { type: 'confirm', at, dueAt, what, ownerId }),
    at,
    askedOf('ConfirmPromise', request, call),
  );
  return promised(changed);
};
