import type { mongo } from 'mongoose';
import type { Child } from './children';
import { pause } from './children';
import type { Bench } from './context';
import { cpuMeter } from './context';

export interface Drained {
  events: number;
  seconds: number;
  perSecond: number;
  /** CPU seconds of all processes per million events. */
  cpuPerMillion: number;
}

/**
 * Measures from the first rows seen to the last: starting a process and joining its group are not the subject. Both sides are measured
 * alike. `expected` rows must come; `events` of them count as work.
 */
export const measureDrain = async (
  bench: Bench,
  children: Child[],
  rows: mongo.Collection,
  expected: number,
  events: number,
  timeoutMs = 300_000,
): Promise<Drained> => {
  const count = () => rows.estimatedDocumentCount();
  const end = Date.now() + timeoutMs;
  const check = () => {
    for (const child of children) if (child.exited()) throw new Error(child.exited());
    if (Date.now() > end) throw new Error('the drain did not end in time');
  };
  let first = await count();
  for (; first === 0; first = await count()) {
    check();
    await pause(5);
  }
  const meter = cpuMeter([...bench.servers, ...children.map((child) => child.pid)]);
  const began = performance.now();
  for (let now = first; now < expected; now = await count()) {
    check();
    await pause(20);
  }
  const seconds = (performance.now() - began) / 1000;
  const share = (expected - first) / expected;
  return { events, seconds, perSecond: (events * share) / seconds, cpuPerMillion: (meter() / (events * share)) * 1e6 };
};
