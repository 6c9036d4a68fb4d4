import { wireTelling } from '../../wire/incident';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** How far a message to many is. */
export const getTelling: Rpc<'getTelling'> = (deps) => async (request, call) => {
  const telling = await deps.tellings.load(call.caller.tenantId, request.tellingId);
  if (!telling) throw notFound('TELLING', request.tellingId);
  return { telling: wireTelling(telling) };
};
