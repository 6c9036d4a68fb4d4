import { wallClockAt } from '@throughline/core';
import type { Segment } from '../calendar/openings';
import { durationText } from '../calendar/times';
import type { Clock, LedgerEntry, Metric, Terms } from './clock';
import type { Rules } from './policy';

/** One step of the explanation of a deadline. */
export interface Explained {
  at: number;
  what: LedgerEntry['what'];
  text: string;
  /** Counted between the step before and this one. */
  countedMs: number;
  usedMs: number;
  dueAt?: number | undefined;
  /** Open times that were counted, the first ones when there are many. */
  windows: Segment[];
}

const names: Record<Metric, string> = {
  first_reply: 'first reply',
  next_reply: 'next reply',
  periodic_update: 'periodic update',
  pausable_update: 'pausable update',
  requester_wait: 'requester wait',
  agent_work: 'agent work',
  time_to_solve: 'time to solve',
  speed_of_answer: 'speed of answer',
  team_time: 'team time',
};

/** A metric in words. */
export const metricName = (metric: Metric): string => names[metric];

const MOST_WINDOWS = 12;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Mon 2026-01-05 09:00 (UTC+1)` as the clocks of the zone show it. */
export const momentText = (at: number, zone: string): string => {
  const wall = new Date(wallClockAt(zone, at));
  const hours = (wall.getTime() - at) / 3_600_000;
  const time = wall.toISOString().slice(11, wall.getUTCSeconds() === 0 ? 16 : 19);
  const ahead = hours === 0 ? 'UTC' : `UTC${hours > 0 ? '+' : ''}${hours}`;
  return `${weekdays[wall.getUTCDay()]} ${wall.toISOString().slice(0, 10)} ${time} (${ahead})`;
};

const termsText = (metric: Metric, terms: Terms): string => {
  const calendars = terms.calendars.map(({ id, version }) => `${id} v${version}`).join(' and ');
  const kind = calendars ? `of open time of ${calendars}` : 'around the clock';
  return `policy ${terms.policy.id} v${terms.policy.version} gives ${durationText(terms.targetMs)} ${kind} for ${names[metric]} at priority ${terms.priority}`;
};

const sum = (usedMs: number, targetMs: number): string =>
  usedMs <= targetMs
    ? `${durationText(usedMs)} of ${durationText(targetMs)} used, ${durationText(targetMs - usedMs)} left`
    : `${durationText(usedMs)} of ${durationText(targetMs)} used, ${durationText(usedMs - targetMs)} over`;

const because = (reason: string): string => (reason ? ` because: ${reason}` : '');

const textOf = (metric: Metric, entry: LedgerEntry, terms: Terms, zone: string): string => {
  const due = entry.dueAt === undefined ? 'not due within twenty years' : `due ${momentText(entry.dueAt, zone)}`;
  const used = sum(entry.usedMs, terms.targetMs);
  switch (entry.what) {
    case 'started':
      return `Started${because(entry.reason)}. ${termsText(metric, terms)}; ${due}.`;
    case 'paused':
      return `Paused${because(entry.reason)}. ${used}.${entry.withdrawn ? ' The breach announced meanwhile was none.' : ''}`;
    case 'resumed':
      return `Resumed${because(entry.reason)}. ${used}; ${due}.`;
    case 'retargeted':
      return `Retargeted${because(entry.reason)}. Now ${termsText(metric, terms)}; ${used}; ${due}.`;
    case 'warned':
      return `Warned at ${entry.percent} %. ${used}; ${due}.`;
    case 'escalated':
      return `Escalated at ${entry.percent} %: ${entry.reason}. ${used}.`;
    case 'breached':
      return `Breached: the ${durationText(terms.targetMs)} were used up.`;
    case 'stopped':
      return `Stopped${because(entry.reason)}. ${used}.${entry.withdrawn ? ' The breach announced meanwhile was none.' : ''}`;
    case 'cancelled':
      return `Cancelled${because(entry.reason)}. ${used}.`;
    case 'carried':
      return `Older lines, summed up: ${used}.`;
  }
};

/** A clock's ledger as sentences and sums, in the wall-clock time of a zone. */
export const explain = (clock: Clock, zone: string, rules: Rules): Explained[] => {
  let terms = clock.ledger[0]!.terms!;
  let runningSince: number | undefined;
  let used = 0;
  const steps: Explained[] = [];
  const stretch = (to: number): Pick<Explained, 'countedMs' | 'windows'> => {
    if (runningSince === undefined) return { countedMs: 0, windows: [] };
    const all = [...rules.openings(terms.calendars).segments(runningSince, to)];
    return {
      countedMs: all.reduce((ms, { from, to: end }) => ms + end - from, 0),
      windows: all.slice(0, MOST_WINDOWS),
    };
  };
  for (const entry of clock.ledger) {
    const counted = stretch(entry.at);
    if (entry.terms) terms = entry.terms;
    used = entry.usedMs;
    steps.push({
      at: entry.at,
      what: entry.what,
      text: textOf(clock.metric, entry, terms, zone),
      ...counted,
      usedMs: used,
      dueAt: entry.dueAt,
    });
    const runs = entry.what === 'started' || entry.what === 'resumed';
    const stands = ['paused', 'stopped', 'cancelled', 'carried'].includes(entry.what);
    runningSince = stands ? undefined : runs || runningSince !== undefined ? entry.at : undefined;
  }
  return steps;
};

/** The deadline in one sentence. */
export const summaryOf = (clock: Clock, usedMs: number, zone: string): string => {
  const { metric, terms, state, dueAt, endedAt } = clock;
  const due = dueAt === undefined ? 'not due within twenty years' : `due ${momentText(dueAt, zone)}`;
  const ended = endedAt === undefined ? due : `ended ${momentText(endedAt, zone)}, ${due}`;
  return `${names[metric]}: ${state}, ${sum(usedMs, terms.targetMs)}, ${ended}`;
};
