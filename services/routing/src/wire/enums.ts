import type { routingV1 } from '@throughline/proto';
import type { Selection } from '../domain/demand';
import type { GuardAction } from '../domain/guard';
import type { PresenceState } from '../domain/presence';
import type { Priority } from '../domain/setup';
import type { WorkState } from '../domain/work-item';

/** Names of the contract's enums and ours differ by a prefix only. */
export const wirePriority = (value: Priority): routingV1.WorkPriority =>
  `WORK_PRIORITY_${value}` as routingV1.WorkPriority;
export const wirePresence = (value: PresenceState): routingV1.Presence => `PRESENCE_${value}` as routingV1.Presence;
export const wireState = (value: WorkState): routingV1.WorkState => `WORK_STATE_${value}` as routingV1.WorkState;
export const wireSelection = (value: Selection): routingV1.AgentSelection =>
  `AGENT_SELECTION_${value}` as routingV1.AgentSelection;

const bare = (prefix: string, value: string): string => {
  const name = value.startsWith(prefix) ? value.slice(prefix.length) : '';
  return name === 'UNSPECIFIED' ? '' : name;
};
export const priorityOf = (value: string): Priority => (bare('WORK_PRIORITY_', value) || 'NORMAL') as Priority;
export const presenceOf = (value: string): PresenceState => bare('PRESENCE_', value) as PresenceState;
export const stateOf = (value: string): string => bare('WORK_STATE_', value);
export const selectionOf = (value: string): Selection =>
  (bare('AGENT_SELECTION_', value) || 'LONGEST_IDLE') as Selection;

export const wireAction = (value: GuardAction): routingV1.GuardAction =>
  `GUARD_ACTION_${value}` as routingV1.GuardAction;
export const actionOf = (value: string): GuardAction => bare('GUARD_ACTION_', value) as GuardAction;
