import { createRounds } from '@throughline/lifecycle';
import { createWheel } from './wheel';

export interface TimersOptions {
  /** Documents of our shards that are due before a moment. */
  due: (shards: number[], until: number, limit: number) => Promise<{ id: string; at: number }[]>;
  shards: () => number[];
  /** Looks at these documents; what changed meanwhile must make it do nothing. */
  fire: (ids: string[]) => Promise<void>;
  /** Reads what will be looked at within the next seconds, so that it need not be waited for on the moment. */
  prepare?: (ids: string[]) => Promise<void>;
  /** True of a document that was fired and will say so in a moment. */
  isSettling?: (id: string) => boolean;
  now: () => number;
  /** How often the next moments are read; they are read for a bit more than four times as long. */
  lookAheadMs: number;
  fired: (lateMs: number[]) => void;
  failed: (error: unknown) => void;
}

const BATCH = 1_000;
const AT_ONCE = 4;
const MOST_READ = 20_000;
const PREPARED_AT_ONCE = 500;

/**
 * Fires at due moments. The moments are fields of the documents: nothing is written to set or cancel a timer. Only the
 * next seconds are in memory, read from an index; what this process writes itself is heard of at once.
 */
export const createTimers = (options: TimersOptions) => {
  const { now, lookAheadMs } = options;
  const wheel = createWheel();
  // Long enough to work out ahead what thousands at one moment will come to.
  const windowMs = lookAheadMs * 4 + 500;
  const firing = new Set<string>();
  let running: Promise<void>[] = [];
  let preparing: Promise<void> | undefined;
  let stopped = false;
  let alarm: NodeJS.Timeout | undefined;

  const fire = async (entries: { name: string; at: number }[]) => {
    const ids = entries.map(({ name }) => name);
    for (const id of ids) firing.add(id);
    try {
      await options.fire(ids);
      const ended = now();
      options.fired(entries.map(({ at }) => ended - at));
    } catch (error) {
      // Still due in the database: the next look finds it again.
      options.failed(error);
    } finally {
      for (const id of ids) firing.delete(id);
    }
  };

  const turn = (): void => {
    clearTimeout(alarm);
    if (stopped) return;
    while (running.length < AT_ONCE) {
      const entries = wheel.take(now(), BATCH);
      if (entries.length === 0) break;
      const work = fire(entries).finally(() => {
        running = running.filter((one) => one !== work);
        turn();
      });
      running.push(work);
    }
    const next = wheel.next();
    if (next === undefined || running.length >= AT_ONCE) return;
    // A timer of Node may be a millisecond early; then the turn finds nothing due and sets it again.
    alarm = setTimeout(turn, Math.max(next - now(), 1));
  };

  const prepare = async (soon: { id: string; at: number }[]) => {
    for (let from = 0; from < soon.length && !stopped; from += PREPARED_AT_ONCE) {
      const begun = now();
      const part = soon.slice(from, from + PREPARED_AT_ONCE).filter(({ at }) => at > begun);
      if (part.length > 0) await options.prepare?.(part.map(({ id }) => id));
    }
  };

  const readNext = async () => {
    const soon: { id: string; at: number }[] = [];
    for (const entry of await options.due(options.shards(), now() + windowMs, MOST_READ)) {
      if (firing.has(entry.id) || options.isSettling?.(entry.id)) continue;
      wheel.set(entry.id, entry.at);
      soon.push(entry);
    }
    turn();
    // Beside the looks: what others have set meanwhile must be seen. What is left out now comes again at the next one.
    preparing ??= prepare(soon)
      .catch(options.failed)
      .finally(() => {
        preparing = undefined;
      });
  };
  const looks = createRounds({ work: readNext, pauseMs: lookAheadMs, failed: options.failed });

  return {
    start: looks.start,
    /** Reads the next moments at once: shards have become ours. */
    lookNow: looks.wake,
    /** Hears of the next moment of a document that was just written, so that a near one is not waited for. */
    heard(id: string, at: number | undefined): void {
      if (at === undefined) wheel.drop(id);
      else if (at < now() + windowMs) {
        wheel.set(id, at);
        setImmediate(turn);
      } else wheel.drop(id);
    },
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(alarm);
      await looks.stop();
      await preparing;
      await Promise.all(running);
    },
  };
};

export type Timers = ReturnType<typeof createTimers>;
