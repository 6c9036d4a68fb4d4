import type { AgentView } from '../../use-cases/commands';
import { showAgentState } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Ends a cool-down before its time. */
export const endCoolDown: Rpc<'endCoolDown'> = (deps) => async (request, call) => {
  const by = asking('EndCoolDown', request, call);
  const view = await deps.execute({ do: 'end_cool_down', agentId: request.agentId, ...by });
  return { state: showAgentState(view as AgentView) };
};
