import type { mongo } from 'mongoose';
import type { Child } from './children';
import { pause } from './children';
import type { Bench } from './context';
import { cpuMeters } from './context';

export interface Drained {
  events: number;
  seconds: number;
  perSecond: number;
  /** CPU seconds of all processes per million events. */
  cpuPerMillion: number;
  /** The same by process. */
  cpuBy: Record<string, number>;
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
  const meters = cpuMeters({ ...bench.servers, ...Object.fromEntries(children.map(({ name, pid }) => [name, pid])) });
  const began = performance.now();
  for (let now = first; now < expected; now = await count()) {
    check();
    await pause(20);
  }
  const seconds = (performance.now() - began) / 1000;
  const share = (expected - first) / expected;
  const used = meters();
  // The quick count runs ahead of what a query sees: who judges the rows next must see them all.
  while ((await rows.countDocuments()) < expected) {
    check();
    await pause(20);
  }
  const perMillion = (cpu: number) => (cpu / (events * share)) * 1e6;
  const cpuBy = Object.fromEntries(Object.entries(used).map(([name, cpu]) => [name, perMillion(cpu)]));
  const cpuPerMillion = Object.values(cpuBy).reduce((sum, cpu) => sum + cpu, 0);
  return { events, seconds, perSecond: (events * share) / seconds, cpuPerMillion, cpuBy };
};

/** CPU seconds per million events, in all and by process: `48.5 (mongod 26.0, journey 19.4, broker 3.1)`. */
export const cpuText = ({ cpuPerMillion, cpuBy }: Drained): string => {
  const parts = Object.entries(cpuBy).sort(([, a], [, b]) => b - a);
  return `${cpuPerMillion.toFixed(1)} (${parts.map(([name, cpu]) => `${name} ${cpu.toFixed(1)}`).join(', ')})`;
};
