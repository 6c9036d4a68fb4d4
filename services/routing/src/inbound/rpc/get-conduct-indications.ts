import { showAgentIndications, showContext } from '../../wire/indications';
import type { Rpc } from './deps';

/** Days that are looked at when none are asked for. */
export const USUAL_DAYS = 28;

/** How an agent's patterns compare with those of the others. */
export const getConductIndications: Rpc<'getConductIndications'> = (deps) => async (request, call) => {
  const days = request.days || USUAL_DAYS;
  const found = await deps.indications.ofAgent(call.caller.tenantId, request.agentId, days);
  return { agent: showAgentIndications(found.agents[0]!, false), context: showContext(found) };
};
