import { createRounds } from '@throughline/lifecycle';
import type { Store } from '@throughline/store';
import { createServerTime } from '@throughline/store';

export interface DatabaseTime {
  /** Milliseconds since the epoch; fails before `start` has resolved. */
  now(): number;
  /** Resolves once the time is known: nothing is decided before. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SYNC_MS = 30_000;
// A process that was starved while it asked knows the time late: it asks again soon, not in half a minute.
const DOUBT_MS = 50;
const DOUBTFUL_SYNC_MS = 1_000;
// A database that is far away never answers more quickly.
const DOUBTFUL_SYNCS = 20;

/** The database's time for as long as this process runs, asked for again and again. `failed` hears of a question that failed. */
export const createDatabaseTime = (store: Pick<Store, 'db'>, failed: (error: unknown) => void): DatabaseTime => {
  const time = createServerTime(store);
  let doubtful = 0;
  const syncing = createRounds({
    work: time.sync,
    pauseMs: (behind) => (behind > DOUBT_MS && ++doubtful <= DOUBTFUL_SYNCS ? DOUBTFUL_SYNC_MS : SYNC_MS),
    failurePauseMs: SYNC_MS,
    failed,
  });
  return {
    now: time.now,
    async start() {
      await time.sync();
      syncing.start();
    },
    stop: syncing.stop,
  };
};
