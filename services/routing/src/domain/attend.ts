import { countDay } from './agent-day';
import type { Attended } from './attended';
import { AWAY, countUntil, newLedger, occupancyAt } from './occupancy';
import type { AgentEvent, AgentState } from './presence';
import type { Wellbeing } from './wellbeing';

const MINUTE = 60_000;
/** Hard contacts remembered of one agent. */
const HARD_KEPT = 50;

/** Why nothing is offered to an agent who is available. */
export interface Rest {
  why: 'COOL_DOWN' | 'OCCUPANCY_CEILING';
  detail: string;
}

const shareOf = ({ presence, load }: AgentState, capacityUnits: number): number => {
  let units = 0;
  for (const one of load) if (one.state !== 'OFFERED') units += one.units;
  if (units > 0) return Math.min(1, units / Math.max(1, capacityUnits));
  return presence === 'AVAILABLE' ? 0 : AWAY;
};

const ledgerOf = (before: AgentState, after: AgentState, at: number, wellbeing: Wellbeing, capacityUnits: number) => {
  if (!wellbeing.ceiling) return undefined;
  const share = shareOf(after, capacityUnits);
  const fresh = newLedger(at, wellbeing.ceiling.windowMinutes * MINUTE, share);
  // Another length of window begins anew.
  if (before.ledger?.slotMs !== fresh.slotMs) return fresh;
  if (before.ledger.share === share) return before.ledger;
  return { ...countUntil(before.ledger, at), share };
};

const remember = (state: AgentState, at: number, wellbeing: Wellbeing): number[] => {
  const since = at - (wellbeing.hard?.windowMinutes ?? 0) * MINUTE;
  return [...(state.hard ?? []).filter((one) => one > since), at].slice(-HARD_KEPT);
};

/** An agent after a contact, hard or not: what it adds up to, and whether they rest now. */
const afterContact = (state: AgentState, at: number, hard: readonly string[], wellbeing: Wellbeing): AgentState => {
  if (hard.length === 0) return state.hardInRow ? { ...state, hardInRow: 0 } : state;
  const lately = remember(state, at, wellbeing);
  const inRow = (state.hardInRow ?? 0) + 1;
  const { coolDown } = wellbeing;
  if (!coolDown || inRow < coolDown.afterContacts) return { ...state, hard: lately, hardInRow: inRow };
  const restWhy = inRow === 1 ? `after a hard contact (${hard.join(', ')})` : `after ${inRow} hard contacts in a row`;
  return { ...state, hard: lately, hardInRow: 0, restUntil: at + coolDown.seconds * 1000, restWhy };
};

/** The state after an event, with what it means for how the agent fares. `after` is what presence and hands have become. */
export const attend = (
  before: AgentState,
  after: AgentState,
  event: AgentEvent,
  wellbeing: Wellbeing,
  capacityUnits: number,
): AgentState => {
  const { at } = event;
  const ended = event.type === 'released' && event.answered === true;
  const noted = event.type === 'hard_noted' ? { ...after, hard: remember(after, at, wellbeing) } : after;
  const now = ended ? afterContact(after, at, event.hard ?? [], wellbeing) : noted;
  const day = countDay(before, event, wellbeing);
  const ledger = ledgerOf(before, now, at, wellbeing, capacityUnits);
  return { ...now, day, ledger };
};

const clock = (at: number): string => new Date(at).toISOString();

/** Whether an agent rests at a moment, and why. */
export const restOf = (state: AgentState, wellbeing: Wellbeing, at: number): Rest | undefined => {
  const { restUntil = 0, ledger } = state;
  if (restUntil > at) return { why: 'COOL_DOWN', detail: `cool-down until ${clock(restUntil)}, ${state.restWhy}` };
  const { ceiling } = wellbeing;
  const occupancy = ceiling && ledger && occupancyAt(ledger, at);
  if (occupancy === undefined || occupancy * 100 < ceiling!.percent) return undefined;
  const { percent, windowMinutes } = ceiling!;
  return {
    why: 'OCCUPANCY_CEILING',
    detail: `worked ${Math.round(occupancy * 100)} % of the last ${windowMinutes} min, ceiling ${percent} %`,
  };
};

/** Hard contacts that still count at a moment. */
export const hardLately = ({ hard }: Attended, wellbeing: Wellbeing, at: number): number => {
  const since = at - (wellbeing.hard?.windowMinutes ?? 0) * MINUTE;
  return hard ? hard.filter((one) => one > since).length : 0;
};

/** How often it is looked whether an agent over the ceiling may be offered something again. */
const LOOK_MS = 10_000;

/** When an agent is to be looked at again though nothing happens; undefined when there is no need. */
export const nextLook = (state: AgentState, wellbeing: Wellbeing, at: number): number | undefined => {
  const { restUntil = 0, hard = [] } = state;
  const moments: number[] = [];
  if (restUntil > at) moments.push(restUntil);
  else if (state.presence === 'AVAILABLE' && restOf(state, wellbeing, at)) moments.push(at + LOOK_MS);
  const window = (wellbeing.hard?.windowMinutes ?? 0) * MINUTE;
  const oldest = hard.find((one) => one + window > at);
  if (oldest !== undefined) moments.push(oldest + window);
  return moments.length > 0 ? Math.min(...moments) : undefined;
};

/** How an agent fares, as they and their supervisors see it. */
export interface Faring {
  coolDownUntil: number;
  restReason: string;
  rollingOccupancy?: number | undefined;
  hardLately: number;
}

export const faringOf = (state: AgentState, wellbeing: Wellbeing, at: number): Faring => ({
  coolDownUntil: (state.restUntil ?? 0) > at ? state.restUntil! : 0,
  restReason: (state.presence === 'AVAILABLE' && restOf(state, wellbeing, at)?.detail) || '',
  ...(wellbeing.ceiling && state.ledger ? { rollingOccupancy: occupancyAt(state.ledger, at) } : {}),
  hardLately: hardLately(state, wellbeing, at),
});
