import type { Clock, Docket, LedgerEntry, Tally } from './clock';
import { clockIdOf, isEnded } from './clock';
import type { ClockEvent } from './events';

/** Ended clocks that a docket remembers, and lines that a ledger keeps in full. */
const CLOCKS_KEPT = 60;
const LINES_KEPT = 200;

// A conversation that goes back and forth for years keeps the sum of its oldest lines instead of the lines.
const written = (ledger: LedgerEntry[], entry: LedgerEntry): LedgerEntry[] => {
  const lines = [...ledger, entry];
  if (lines.length <= LINES_KEPT) return lines;
  // The cut is made where the clock stood still, so that the sum says everything.
  const cut = lines.findIndex(({ what }, i) => i >= LINES_KEPT / 2 && what === 'paused');
  if (cut < 0) return lines;
  const summed = lines.slice(0, cut + 1);
  const { at, usedMs } = lines[cut]!;
  const carried: LedgerEntry = {
    at,
    what: 'carried',
    reason: 'older lines, summed up',
    usedMs,
    terms: summed.findLast(({ terms }) => terms)!.terms,
    since: summed.findLast(({ since }) => since !== undefined)!.since,
    breachedAt: breachIn(summed),
    dueAt: summed.findLast(({ what }) => what === 'resumed' || what === 'retargeted' || what === 'started')!.dueAt,
  };
  return [lines[0]!, carried, ...lines.slice(cut + 1)];
};

const breachIn = (lines: LedgerEntry[]): number | undefined => {
  const last = lines.findLast(({ what, withdrawn, breachedAt }) => what === 'breached' || withdrawn || breachedAt);
  return last?.what === 'breached' ? last.at : last?.breachedAt;
};

const line = (clock: Clock, entry: LedgerEntry): LedgerEntry[] => written(clock.ledger, entry);

// Warnings stay said; only the breach may come again.
const withdraw = (clock: Clock): Clock => ({
  ...clock,
  breachedAt: undefined,
  fired: clock.fired.filter(({ percent }) => percent !== 100),
});

const changed = (clock: Clock, event: Exclude<ClockEvent, { type: 'noted' | 'started' }>): Clock => {
  const { at, usedMs } = event;
  switch (event.type) {
    case 'paused': {
      const base = event.withdrawn ? withdraw(clock) : clock;
      return {
        ...base,
        state: base.breachedAt === undefined ? 'paused' : 'breached',
        usedMs,
        runningSince: undefined,
        moments: [],
        ledger: line(clock, {
          at,
          what: 'paused',
          reason: event.reason,
          usedMs,
          withdrawn: event.withdrawn || undefined,
        }),
      };
    }
    case 'resumed':
      return {
        ...clock,
        state: clock.breachedAt === undefined ? 'running' : 'breached',
        usedMs,
        runningSince: at,
        endedAt: undefined,
        dueAt: event.dueAt,
        moments: event.moments,
        ledger: line(clock, { at, what: 'resumed', reason: event.reason, usedMs, dueAt: event.dueAt }),
      };
    case 'retargeted':
      return {
        ...clock,
        terms: event.terms,
        usedMs,
        startedAt: event.since,
        runningSince: clock.runningSince === undefined ? undefined : at,
        dueAt: event.dueAt,
        moments: event.moments,
        ledger: line(clock, {
          at,
          what: 'retargeted',
          reason: event.reason,
          usedMs,
          dueAt: event.dueAt,
          terms: event.terms,
          since: event.since,
        }),
      };
    case 'warned':
    case 'escalated':
    case 'breached': {
      const percent = event.type === 'breached' ? 100 : event.percent;
      const reason = event.type === 'escalated' ? event.name : '';
      return {
        ...clock,
        ...(event.type === 'breached' ? { state: 'breached' as const, breachedAt: at } : {}),
        moments: clock.moments.filter((moment) => moment.percent !== percent),
        fired: [...clock.fired.filter((mark) => mark.percent !== percent), { percent, at }],
        ledger: line(clock, { at, what: event.type, reason, usedMs, percent, dueAt: event.dueAt }),
      };
    }
    case 'stopped':
    case 'cancelled': {
      const base = event.withdrawn ? withdraw(clock) : clock;
      const breached = base.breachedAt !== undefined;
      const state = event.type === 'stopped' ? (event.met ? 'met' : 'breached') : breached ? 'breached' : 'cancelled';
      return {
        ...base,
        state,
        usedMs,
        endedAt: at,
        runningSince: undefined,
        moments: [],
        ledger: line(clock, {
          at,
          what: event.type,
          reason: event.reason,
          usedMs,
          withdrawn: event.withdrawn || undefined,
        }),
      };
    }
  }
};

/** Adds a clock that is no longer kept to the counts of its day. */
const counted = (tallies: readonly Tally[], clock: Clock, queueId: string): Tally[] => {
  const { metric, startedAt, state } = clock;
  const { policy, priority } = clock.terms;
  const day = new Date(startedAt).toISOString().slice(0, 10);
  const team = clock.team || queueId;
  const same = (one: Tally): boolean =>
    one.policyId === policy.id &&
    one.metric === metric &&
    one.team === team &&
    one.priority === priority &&
    one.day === day;
  const none = {
    policyId: policy.id,
    metric,
    team,
    priority,
    day,
    since: startedAt,
    met: 0,
    breached: 0,
    cancelled: 0,
  };
  const before = tallies.find(same) ?? none;
  const one = (wanted: Clock['state']): number => (state === wanted ? 1 : 0);
  const after = {
    ...before,
    since: Math.min(before.since, startedAt),
    met: before.met + one('met'),
    breached: before.breached + one('breached'),
    cancelled: before.cancelled + one('cancelled'),
  };
  return [...tallies.filter((tally) => !same(tally)), after];
};

/** Keeps the latest ended clocks; the counts of the others stay for reports. */
const trimmed = (docket: Docket): Docket => {
  let surplus = docket.clocks.filter(isEnded).length - CLOCKS_KEPT;
  if (surplus <= 0) return docket;
  let { tallies = [] } = docket;
  const clocks = docket.clocks.filter((clock) => {
    if (!isEnded(clock) || surplus-- <= 0) return true;
    tallies = counted(tallies, clock, docket.facts.queueId);
    return false;
  });
  return { ...docket, clocks, tallies };
};

/** The docket after an event. */
export const evolve = (docket: Docket, event: ClockEvent): Docket => {
  if (event.type === 'noted') return { ...docket, ...event.patch };
  if (event.type !== 'started') {
    return {
      ...docket,
      clocks: docket.clocks.map((clock) => (clock.id === event.clockId ? changed(clock, event) : clock)),
    };
  }
  const { at, terms, dueAt, metric } = event;
  const number = (docket.counts[metric] ?? 0) + 1;
  const clock: Clock = {
    id: clockIdOf(docket.id, metric, number),
    metric,
    state: 'running',
    team: event.team,
    terms,
    startedAt: at,
    usedMs: 0,
    runningSince: at,
    dueAt,
    moments: event.moments,
    fired: [],
    ledger: [{ at, what: 'started', reason: event.reason, usedMs: 0, dueAt, terms, since: at }],
  };
  return trimmed({ ...docket, clocks: [...docket.clocks, clock], counts: { ...docket.counts, [metric]: number } });
};
