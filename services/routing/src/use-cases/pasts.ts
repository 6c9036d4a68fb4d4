import type { Past } from './ports';

/** Intervals in which the past is counted. Zones differ by whole ones, so local days are made of them. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Work of a day is saved some time after the day ended, at the latest. */
const SETTLED_MS = 3_600_000;
/** Queues of which the past is kept. */
const MOST_KEPT = 64;

type Read<T> = (tenantId: string, queueId: string, past: Past, intervalMs: number) => Promise<T[]>;

/**
 * The past of queues, counted by quarters of an hour. What lies before the last midnight (UTC) is read once until the next
 * one, and kept; what happened since then, and what was queued since then though it arrived before, is read at each call.
 */
export const createPasts = <T extends { at: number }>(read: Read<T>, now: () => number) => {
  const kept = new Map<string, { midnight: number; from: number; found: Promise<T[]> }>();

  const closed = (tenantId: string, queueId: string, asked: number, midnight: number): Promise<T[]> => {
    const key = `${tenantId}/${queueId}`;
    const there = kept.get(key);
    const lasts = there?.midnight === midnight;
    if (there && lasts && there.from <= asked) return there.found;
    // A day more, for zones that begin it earlier.
    const from = Math.min(asked - DAY_MS, lasts ? there!.from : asked);
    const found = read(tenantId, queueId, { from, to: midnight, before: midnight }, QUARTER_MS);
    const made = { midnight, from, found };
    kept.delete(key);
    const [eldest] = kept.keys();
    if (kept.size >= MOST_KEPT && eldest !== undefined) kept.delete(eldest);
    kept.set(key, made);
    found.catch(() => {
      if (kept.get(key) === made) kept.delete(key);
    });
    return found;
  };
  /** What happened from `from` on and before `to`: instants at which quarters begin. An interval may be there twice. */
  return async (tenantId: string, queueId: string, from: number, to: number): Promise<T[]> => {
    const midnight = Math.floor((now() - SETTLED_MS) / DAY_MS) * DAY_MS;
    const [before, since] = await Promise.all([
      closed(tenantId, queueId, from, midnight),
      read(tenantId, queueId, { from, to, since: midnight }, QUARTER_MS),
    ]);
    return [...before.filter(({ at }) => at >= from && at < to), ...since];
  };
};
