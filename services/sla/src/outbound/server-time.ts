import { performance } from 'node:perf_hooks';
import type { Clock } from '@throughline/core';
import type { Store } from '@throughline/store';

export interface ServerTime extends Clock {
  sync(): Promise<void>;
}

/**
 * The time of the database's primary, carried on by a clock of this process that nobody can set. Processes whose own clocks
 * are minutes apart agree on it, and it is never ahead: an answer is older than the moment it arrives at.
 */
export const createServerTime = (store: Pick<Store, 'db'>): ServerTime => {
  let ahead: number | undefined;
  let last = 0;
  return {
    now() {
      if (ahead === undefined) throw new Error('the time is asked for before it is known');
      last = Math.max(last, Math.floor(performance.now() + ahead));
      return last;
    },
    async sync() {
      const { localTime } = await store.db.command({ hello: 1 });
      ahead = (localTime as Date).getTime() - performance.now();
    },
  };
};
