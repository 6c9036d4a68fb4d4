import type { Rpc } from './deps';

/** Decides again, and says whether the answer is the same. */
export const replayDecision: Rpc<'replayDecision'> = (deps) => (request, call) =>
  deps.look.replay(call.caller.tenantId, request.decisionId);
