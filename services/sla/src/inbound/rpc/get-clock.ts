import type { Rpc } from './deps';
import { findClock, ruled, shown } from './deps';

/** One clock with its ledger. */
export const getClock: Rpc<'getClock'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const found = await findClock(deps, tenantId, request.clockId);
  return ruled(deps, tenantId, (rules) => ({ clock: shown(deps, found, rules) }));
};
