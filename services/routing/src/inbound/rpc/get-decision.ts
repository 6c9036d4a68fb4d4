import { showDecision } from '../../wire/work';
import type { Rpc } from './deps';

/** Why a contact was offered to an agent. */
export const getDecision: Rpc<'getDecision'> = (deps) => async (request, call) => ({
  decision: showDecision(await deps.look.decision(call.caller.tenantId, request.decisionId)),
});
