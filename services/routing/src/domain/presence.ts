import { Refusal } from '@throughline/core';
import type { Load } from './capacity';
import { costOf, hasRoom } from './capacity';
import type { Agent } from './setup';

export type PresenceState = 'OFFLINE' | 'AVAILABLE' | 'NOT_READY';

/** An agent's presence and hands. */
export interface AgentState {
  id: string;
  tenantId: string;
  presence: PresenceState;
  reason: string;
  since: number;
  /** Place in the line of agents: the earlier, the sooner. */
  idleSince: number;
  load: Load[];
}

export type AgentEvent =
  | { type: 'presence_changed'; at: number; to: PresenceState; reason: string; setBy: string }
  | { type: 'taken'; at: number; load: Load }
  | { type: 'moved_on'; at: number; workItemId: string; state: Load['state'] }
  | { type: 'released'; at: number; workItemId: string; handledMs: number };

/** Why an agent became not ready without saying so. */
export const NO_ANSWER = 'no_answer';

// Conduct: none of these improves, or costs, an agent's place in line.
const SHORT_BREAK_MS = 60_000;
const SHORT_CONTACT_MS = 10_000;

export const newAgentState = (tenantId: string, id: string, at: number): AgentState => ({
  id,
  tenantId,
  presence: 'OFFLINE',
  reason: '',
  since: at,
  idleSince: at,
  load: [],
});

/** Sets the presence; said again, nothing happens. */
export const decidePresence = (
  state: AgentState,
  command: { at: number; to: PresenceState; reason: string; setBy: string },
): AgentEvent[] => {
  if (command.to === 'NOT_READY' && command.reason === '') {
    throw new Refusal('invalid', 'INVALID_ARGUMENT', 'reason: say why the agent is not ready', {
      violations: [{ field: 'reason', rule: 'required', description: 'say why the agent is not ready' }],
    });
  }
  const reason = command.to === 'NOT_READY' ? command.reason : '';
  if (state.presence === command.to && state.reason === reason) return [];
  return [{ type: 'presence_changed', at: command.at, to: command.to, reason, setBy: command.setBy }];
};

/** Gives the agent a contact. The last guard: whoever asks, nobody is given more than fits. */
export const decideTake = (state: AgentState, agent: Agent, load: Omit<Load, 'units'>): AgentEvent[] => {
  if (state.presence !== 'AVAILABLE') {
    throw new Refusal('precondition', 'AGENT_NOT_AVAILABLE', `agent ${state.id} is ${state.presence.toLowerCase()}`);
  }
  if (!hasRoom(agent, state.load, load.channel)) {
    throw new Refusal('precondition', 'AGENT_OVER_CAPACITY', `agent ${state.id} has no room for ${load.channel}`);
  }
  return [{ type: 'taken', at: load.since, load: { ...load, units: costOf(agent, load.channel) } }];
};

const idleAfterBreak = (state: AgentState, at: number): number =>
  // A short break neither loses a place nor gains one; from offline everybody starts at the end.
  state.presence === 'NOT_READY' && at - state.since < SHORT_BREAK_MS && state.reason !== NO_ANSWER
    ? state.idleSince
    : at;

/** An agent after an event. */
export const evolveAgent = (state: AgentState, event: AgentEvent): AgentState => {
  const { at } = event;
  switch (event.type) {
    case 'presence_changed': {
      const { to, reason } = event;
      const idleSince = to === 'AVAILABLE' ? idleAfterBreak(state, at) : state.idleSince;
      return { ...state, presence: to, reason, since: at, idleSince };
    }
    case 'taken':
      return { ...state, load: [...state.load, event.load] };
    case 'moved_on':
      return {
        ...state,
        load: state.load.map((one) =>
          one.workItemId === event.workItemId ? { ...one, state: event.state, since: at } : one,
        ),
      };
    case 'released': {
      const load = state.load.filter(({ workItemId }) => workItemId !== event.workItemId);
      const worked = event.handledMs >= SHORT_CONTACT_MS;
      return { ...state, load, idleSince: worked ? at : state.idleSince };
    }
  }
};
