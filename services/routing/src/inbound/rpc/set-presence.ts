import type { AgentView } from '../../use-cases/commands';
import { presenceOf } from '../../wire/enums';
import { showAgentState } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Says whether an agent takes contacts. */
export const setPresence: Rpc<'setPresence'> = (deps) => async (request, call) => {
  const { agentId, presence, reason } = request;
  const by = asking('SetPresence', request, call);
  const setBy = call.caller.subject;
  const view = await deps.execute({ do: 'set_presence', agentId, to: presenceOf(presence), reason, setBy, ...by });
  return { state: showAgentState(view as AgentView) };
};
