import { add, measure } from '../calendar/openings';
import type { Clock, LedgerEntry, Terms } from './clock';
import type { Rules } from './policy';

/** What the ledger comes to when it is worked out again from its inputs alone. */
export interface Replayed {
  usedMs: number;
  dueAt?: number | undefined;
  breachedAt?: number | undefined;
  startedAt: number;
}

interface Sum extends Replayed {
  terms: Terms;
  runningSince?: number | undefined;
}

const dueFrom = (sum: Sum, rules: Rules): number | undefined => {
  const { terms, runningSince, usedMs } = sum;
  if (runningSince === undefined) return sum.dueAt;
  const left = terms.targetMs - usedMs;
  return left <= 0 ? runningSince : add(rules.openings(terms.calendars), runningSince, left);
};

/** Counts a stretch of running up to an instant; a due moment inside of it is a breach. */
const countUntil = (sum: Sum, at: number, rules: Rules): void => {
  if (sum.runningSince === undefined) return;
  const due = dueFrom(sum, rules);
  if (sum.breachedAt === undefined && due !== undefined && due < at) sum.breachedAt = due;
  sum.usedMs += measure(rules.openings(sum.terms.calendars), sum.runningSince, at);
  sum.runningSince = at;
};

const follow = (sum: Sum, entry: LedgerEntry, rules: Rules): void => {
  const { at, what } = entry;
  switch (what) {
    case 'carried':
      sum.usedMs = entry.usedMs;
      sum.terms = entry.terms!;
      sum.startedAt = entry.since!;
      sum.breachedAt = entry.breachedAt;
      sum.dueAt = entry.dueAt;
      sum.runningSince = undefined;
      return;
    case 'resumed':
      sum.runningSince = at;
      sum.dueAt = dueFrom(sum, rules);
      return;
    case 'paused':
    case 'stopped':
    case 'cancelled':
      countUntil(sum, at, rules);
      sum.runningSince = undefined;
      return;
    case 'retargeted': {
      const runs = sum.runningSince !== undefined;
      countUntil(sum, at, rules);
      const since = entry.since ?? sum.startedAt;
      const openings = rules.openings(entry.terms!.calendars);
      if (since < sum.startedAt) sum.usedMs += measure(openings, since, sum.startedAt);
      sum.terms = entry.terms!;
      sum.startedAt = Math.min(since, sum.startedAt);
      if (runs) sum.dueAt = dueFrom(sum, rules);
      return;
    }
    default:
  }
};

/** Works a ledger out again, up to an instant. Warnings, breaches and sums in it are not believed but found anew. */
export const replay = (clock: Pick<Clock, 'ledger'>, now: number, rules: Rules): Replayed => {
  const [first, ...rest] = clock.ledger;
  const { at, terms } = first!;
  const sum: Sum = { usedMs: 0, startedAt: at, terms: terms!, runningSince: at };
  sum.dueAt = dueFrom(sum, rules);
  for (const entry of rest) follow(sum, entry, rules);
  if (sum.runningSince !== undefined) {
    const due = dueFrom(sum, rules);
    if (sum.breachedAt === undefined && due !== undefined && due <= now) sum.breachedAt = due;
    sum.usedMs += measure(rules.openings(sum.terms.calendars), sum.runningSince, Math.max(now, sum.runningSince));
  }
  const { usedMs, dueAt, breachedAt, startedAt } = sum;
  return { usedMs, dueAt, breachedAt, startedAt };
};
