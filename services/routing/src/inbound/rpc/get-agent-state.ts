import { showAgentState } from '../../wire/work';
import type { Rpc } from './deps';

/** An agent's presence and hands. */
export const getAgentState: Rpc<'getAgentState'> = (deps) => async (request, call) => ({
  state: showAgentState(await deps.look.agentState(call.caller.tenantId, request.agentId)),
});
