import { performance } from 'node:perf_hooks';
import type { Clock } from '@throughline/core';
import type { Store } from './types';

export interface ServerTime extends Clock {
  /** Asks the database. Gives by how much the time may be behind at most, milliseconds. */
  sync(): Promise<number>;
}

const SAMPLES_AT_START = 5;
const SAMPLES_KEPT = 8;

/**
 * The time of the database's primary, carried on by a clock of this process that nobody can set. Processes whose own clocks
 * are minutes apart agree on it. It is never ahead: an answer is older than the moment it is read at. How much older depends
 * on how busy we are, so the answer that came quickest, the one that puts us furthest, is the one that counts.
 */
export const createServerTime = (store: Pick<Store, 'db'>): ServerTime => {
  let samples: { ahead: number; took: number }[] = [];
  let ahead = 0;
  let last = 0;
  const sample = async () => {
    const asked = performance.now();
    const { localTime } = await store.db.command({ hello: 1 });
    const answered = performance.now();
    const one = { ahead: (localTime as Date).getTime() - answered, took: answered - asked };
    samples = [...samples, one].slice(-SAMPLES_KEPT);
  };
  return {
    now() {
      if (samples.length === 0) throw new Error('the time is asked for before it is known');
      last = Math.max(last, Math.floor(performance.now() + ahead));
      return last;
    },
    async sync() {
      const wanted = samples.length === 0 ? SAMPLES_AT_START : 1;
      for (let i = 0; i < wanted; i++) await sample();
      ahead = Math.max(...samples.map((one) => one.ahead));
      // The database read its clock at some moment of each question, so none of them lets it be further than this.
      return Math.max(0, Math.min(...samples.map((one) => one.ahead + one.took)) - ahead);
    },
  };
};
