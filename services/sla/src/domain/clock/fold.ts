import { durationText } from '../calendar/times';
import type { Clock, Docket } from './clock';
import { isEnded } from './clock';
import { decide } from './decide';
import type { ClockCommand, ClockEvent } from './events';
import { evolve } from './evolve';
import { metricName, momentText } from './explain';
import type { Rules } from './policy';

/** A fact about a clock with everything that is said about it. */
export interface Told {
  event: Exclude<ClockEvent, { type: 'noted' }>;
  clock: Clock;
  summary: string;
  /** Of a team's time: what the customer was promised, when it is due after this. */
  customerDueAt?: number | undefined;
}

/** A command with the place of the event it came from; 0 for one that came from no event of the conversation. */
export interface Step {
  seq: number;
  command: ClockCommand;
}

export interface Folded {
  docket: Docket;
  /** Everything that happened: from the docket before, they make the docket again. */
  events: ClockEvent[];
  told: Told[];
}

const customerDueAfter = (docket: Docket, at: number): number | undefined => {
  const dues = docket.clocks
    .filter((clock) => clock.metric !== 'team_time' && !isEnded(clock) && clock.runningSince !== undefined)
    .flatMap(({ dueAt }) => (dueAt !== undefined && dueAt >= at ? [dueAt] : []));
  return dues.length > 0 ? Math.min(...dues) : undefined;
};

const summaryOf = (event: Told['event'], clock: Clock, zone: string): string => {
  const name = clock.team ? `${metricName(clock.metric)} of ${clock.team}` : metricName(clock.metric);
  const target = durationText(clock.terms.targetMs);
  const due = clock.dueAt === undefined ? '' : `, due ${momentText(clock.dueAt, zone)}`;
  const used = durationText(event.usedMs);
  switch (event.type) {
    case 'started':
      return `${name}: ${target}${due}`;
    case 'paused':
      return `${name} paused after ${used} of ${target}: ${event.reason}`;
    case 'resumed':
      return `${name} runs again with ${used} of ${target} used${due}: ${event.reason}`;
    case 'retargeted':
      return `${name} is now ${target}${due}: ${event.reason}`;
    case 'warned':
      return `${name}: ${event.percent} % of ${target} used${due}`;
    case 'escalated':
      return `${name} escalated at ${event.percent} %: ${event.name}`;
    case 'breached':
      return `${name} breached: ${target} used up${due.replace(', due', ' at')}`;
    case 'stopped':
      return `${name} ${event.met ? 'met' : 'missed'}: ${used} of ${target}`;
    case 'cancelled':
      return `${name} cancelled after ${used}: ${event.reason}`;
  }
};

/** A docket after commands, with what there is to tell. Steps that were applied before are skipped. */
export const fold = (
  before: Docket,
  steps: Step[],
  rules: Rules & { zoneOf(clock: Pick<Clock, 'terms'>): string },
): Folded => {
  let docket = before;
  const events: ClockEvent[] = [];
  const told: Told[] = [];
  const apply = (event: ClockEvent): void => {
    docket = evolve(docket, event);
    events.push(event);
  };
  for (const { seq, command } of steps) {
    if (seq > 0 && seq <= docket.seen) continue;
    for (const event of decide(docket, command, rules)) {
      apply(event);
      if (event.type === 'noted') continue;
      const clock = docket.clocks.find(({ id }) => id === event.clockId)!;
      const customerDueAt = clock.metric === 'team_time' ? customerDueAfter(docket, event.at) : undefined;
      told.push({ event, clock, summary: summaryOf(event, clock, rules.zoneOf(clock)), customerDueAt });
    }
    if (seq > docket.seen) apply({ type: 'noted', patch: { seen: seq } });
  }
  return { docket, events, told };
};
