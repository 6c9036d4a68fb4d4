import { Refusal } from '@throughline/core';
import type { Attended } from './attended';
import type { Load } from './capacity';
import { costOf, hasRoom } from './capacity';
import type { Agent } from './setup';

export type PresenceState = 'OFFLINE' | 'AVAILABLE' | 'NOT_READY';

/** An agent's presence and hands. */
export interface AgentState extends Attended {
  id: string;
  tenantId: string;
  presence: PresenceState;
  reason: string;
  since: number;
  /** Place in the line of agents: the earlier, the sooner. */
  idleSince: number;
  load: Load[];
  /** Since when they are away, whatever the reasons were in between. */
  awaySince?: number | undefined;
  /** This absence costs the place in line, however short it was. */
  lostPlace?: boolean | undefined;
  /** Short breaks since the place in line was set, together. */
  shortBreaksMs?: number | undefined;
}

/** Why a contact left an agent's hands. */
export type Released =
  | 'declined'
  | 'no_answer'
  | 'left'
  | 'withdrawn'
  | 'completed'
  | 'transferred'
  | 'not_reached'
  | 'cancelled';

export type AgentEvent =
  | { type: 'presence_changed'; at: number; to: PresenceState; reason: string; setBy: string }
  | { type: 'taken'; at: number; load: Load }
  | {
      type: 'moved_on';
      at: number;
      workItemId: string;
      state: Load['state'];
      /** Set when the contact is over. */
      ended?: { handledMs: number; byAgent: boolean } | undefined;
    }
  | {
      type: 'released';
      at: number;
      workItemId: string;
      handledMs: number;
      why?: Released | undefined;
      /** They had taken it. */
      answered?: boolean | undefined;
      /** Why it was hard. */
      hard?: string[] | undefined;
    }
  /** A contact turned out to have been hard, after it was over. */
  | { type: 'hard_noted'; at: number; workItemId: string }
  /** A cool-down ended early. */
  | { type: 'rested'; at: number };

/** Why an agent became not ready without saying so. */
export const NO_ANSWER = 'no_answer';

/** What is too short to move anybody. None of these improves, or costs, an agent's place in line. */
export interface Limits {
  shortBreakSeconds: number;
  shortContactSeconds: number;
}
const usualLimits: Limits = { shortBreakSeconds: 60, shortContactSeconds: 10 };

// Every field is there from the start: objects copied by `{ ...state }` that then get a new field have a class of their own each
// in the engine, which takes it a microsecond for each field and makes every later look at them slow.
export const newAgentState = (tenantId: string, id: string, at: number): AgentState => ({
  id,
  tenantId,
  presence: 'OFFLINE',
  reason: '',
  since: at,
  idleSince: at,
  load: [],
  awaySince: undefined,
  lostPlace: undefined,
  shortBreaksMs: undefined,
  hard: undefined,
  hardNoted: undefined,
  hardInRow: undefined,
  restUntil: undefined,
  restWhy: undefined,
  ledger: undefined,
  day: undefined,
});

/** An agent's state as it was kept, with every field. */
export const wholeAgentState = (kept: AgentState): AgentState =>
  Object.assign(newAgentState(kept.tenantId, kept.id, kept.since), kept);

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
  return [{ type: 'taken', at: load.since, load: { units: costOf(agent, load.channel), ...load } }];
};

/** Ends an agent's cool-down; nothing when there is none. */
export const decideRested = ({ restUntil = 0 }: AgentState, at: number): AgentEvent[] =>
  restUntil > at ? [{ type: 'rested', at }] : [];

/** Notes that a contact had been hard; each contact once, whatever is said of it. */
export const decideHardNoted = ({ hardNoted = [] }: AgentState, workItemId: string, at: number): AgentEvent[] =>
  hardNoted.includes(workItemId) ? [] : [{ type: 'hard_noted', at, workItemId }];

/** Contacts remembered as noted later. */
const NOTED_KEPT = 20;

/** How long an agent has been away. */
export const awayFor = ({ awaySince, since }: AgentState, at: number): number => at - (awaySince ?? since);

// A short break neither loses a place nor gains one, and many short ones together are a long one. From offline, and after
// an offer that nobody answered, everybody starts at the end, whatever they called the time in between.
const placeAfter = (state: AgentState, at: number, limits: Limits): Partial<AgentState> => {
  const lost = state.lostPlace || state.presence !== 'NOT_READY' || state.reason === NO_ANSWER;
  const away = (state.shortBreaksMs ?? 0) + awayFor(state, at);
  return lost || away >= limits.shortBreakSeconds * 1000
    ? { idleSince: at, shortBreaksMs: undefined }
    : { shortBreaksMs: away };
};

/** An agent after an event. */
export const evolveAgent = (state: AgentState, event: AgentEvent, limits: Limits = usualLimits): AgentState => {
  const { at } = event;
  switch (event.type) {
    case 'presence_changed': {
      const { to, reason } = event;
      const next = { ...state, presence: to, reason, since: at };
      if (to === 'AVAILABLE') {
        return { ...next, ...placeAfter(state, at, limits), awaySince: undefined, lostPlace: undefined };
      }
      const lost = state.lostPlace || state.presence === 'OFFLINE' || to === 'OFFLINE' || reason === NO_ANSWER;
      return {
        ...next,
        awaySince: state.presence === 'AVAILABLE' ? at : state.awaySince,
        lostPlace: lost || undefined,
      };
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
      if (event.handledMs < limits.shortContactSeconds * 1000) return { ...state, load };
      return { ...state, load, idleSince: at, shortBreaksMs: undefined };
    }
    case 'hard_noted':
      return { ...state, hardNoted: [...(state.hardNoted ?? []), event.workItemId].slice(-NOTED_KEPT) };
    case 'rested':
      return { ...state, restUntil: undefined, restWhy: undefined };
  }
};
