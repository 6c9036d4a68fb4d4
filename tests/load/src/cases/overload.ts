import { pause } from '../measure/children';
import { residentMb } from '../measure/cpu';
import { statusOf } from '../measure/http-reader';
import { percentile } from '../measure/pairs';
import { readFor, warmUpWith } from '../measure/reads';
import type { Line } from '../measure/report';
import { dueAt, preciseNow } from '../workload/open-loop';
import type { Served } from './timeline-fixture';
import { contactBody, must, RESOLVE, TIMELINE, withGateway } from './timeline-fixture';
import type { Case } from './types';

const CALLERS = 32;
const EVENTS = 1_000;
const MS = 60_000;
/** Times what the gateway can do that is asked of it, and the share of that which it must go on doing (B15, P13). */
const LOADS = [
  { times: 3, goal: 0.95 },
  { times: 5, goal: 0.8 },
];
/** One call in ten at capacity brings something in; there are no more of those under overload, only more readers. */
const WRITES = 10;
/** What a busy day looks like. */
const USUAL = 0.5;
const NORMAL_AFTER_MS = 30_000;
const TICK_MS = 2;
const SLICE_MS = 1_000;

/** What became of calls of one kind. */
interface Told {
  done: number;
  refused: number;
  failed: string[];
  /** From when each was due to its answer, milliseconds; of those that were done. */
  times: number[];
}
interface Calls {
  reads: Told;
  writes: Told;
}
/** Calls a second. */
type Rates = Record<keyof Calls, number>;

const none = (): Told => ({ done: 0, refused: 0, failed: [], times: [] });
const doneOf = ({ reads, writes }: Calls): number => reads.done + writes.done;
const refusedOf = ({ reads, writes }: Calls): number => reads.refused + writes.refused;
const failedOf = ({ reads, writes }: Calls): string[] => [...reads.failed, ...writes.failed];
const p99 = ({ reads: { times } }: Calls): number => percentile(times, 99);

/** Reads of a timeline and new contacts, over the gateway. Each fails unless it is answered well. */
const doorsOf = ({ reader }: Served) => {
  const page = reader(TIMELINE);
  const resolve = reader(RESOLVE);
  const body = (n: number, create: boolean) => contactBody(`over${n}@example.org`, create);
  let next = 0;
  let known: number[] = [];
  const isThere = (n: number): Promise<boolean> =>
    resolve.read(body(n, false)).then(
      () => true,
      () => false,
    );
  return {
    reads: () => page.read(),
    async writes() {
      const n = next++;
      await resolve.read(body(n, true));
      known.push(n);
    },
    /** Of the contacts whose creation was acknowledged since the last time, those that are not there. */
    async lost(): Promise<{ lost: number; of: number }> {
      const acknowledged = known;
      known = [];
      must(!(await isThere(-1)), 'a contact that nobody created is not there');
      let lost = 0;
      for (const n of acknowledged) if (!(await isThere(n))) lost++;
      return { lost, of: acknowledged.length };
    },
  };
};
type Doors = ReturnType<typeof doorsOf>;

/** As many a second as are answered when each caller asks again once it has an answer. */
const capacityOf = async ({ reads, writes }: Doors, ms: number): Promise<number> => {
  let asked = 0;
  const ask = (): Promise<unknown> => (asked++ % WRITES === 0 ? writes() : reads());
  return (await readFor(ask, ms, CALLERS)).perSecond;
};

const note = async (told: Told, due: number, answer: Promise<unknown>): Promise<void> => {
  try {
    await answer;
    told.done++;
    told.times.push(preciseNow() - due);
  } catch (error) {
    const status = statusOf(error);
    if (status === 503 || status === 429) told.refused++;
    else told.failed.push((error as Error).message);
  }
};

/** Open loop: so many a second, whatever becomes of them; ends when every call has ended. */
const press = async (doors: Doors, rates: Rates, ms: number): Promise<Calls> => {
  const calls: Calls = { reads: none(), writes: none() };
  const sent: Rates = { reads: 0, writes: 0 };
  const open: Promise<void>[] = [];
  const began = preciseNow();
  for (let now = began; now - began < ms; now = preciseNow()) {
    for (const kind of ['reads', 'writes'] as const) {
      const due = () => dueAt(began, rates[kind], sent[kind]);
      for (; due() <= now; sent[kind]++) open.push(note(calls[kind], due(), doors[kind]()));
    }
    await pause(TICK_MS);
  }
  await Promise.all(open);
  return calls;
};

/** The most memory that some processes hold together while `work` runs. */
const mostMemory = async <T>(pids: number[], work: () => Promise<T>): Promise<{ result: T; mb: number }> => {
  let mb = 0;
  const look = () => {
    mb = Math.max(
      mb,
      pids.reduce((sum, pid) => sum + residentMb(pid), 0),
    );
  };
  const timer = setInterval(look, 200);
  try {
    const result = await work();
    look();
    return { result, mb };
  } finally {
    clearInterval(timer);
  }
};

/** Until a second of usual load is answered as before: nothing refused, and the slowest within twice of what they were. */
const untilNormal = async (doors: Doors, rates: Rates, usual: number): Promise<number> => {
  const began = preciseNow();
  for (;;) {
    const calls = await press(doors, rates, SLICE_MS);
    const took = preciseNow() - began;
    const normal = refusedOf(calls) === 0 && failedOf(calls).length === 0 && p99(calls) <= 2 * usual;
    if (normal || took > 4 * NORMAL_AFTER_MS) return took - SLICE_MS;
  }
};

/**
 * B15, and P13 at five times: more is asked of the gateway than it can do. What it turns away it turns away at once and in words, what it
 * takes it does, those who bring something in come before those who read, and afterwards it is as it was.
 */
export const b15: Case = (bench, { events = EVENTS, ms = MS, warmUp }) =>
  withGateway(bench, events, async (served) => {
    const doors = doorsOf(served);
    const over = async ({ times, goal }: (typeof LOADS)[0]): Promise<Line> => {
      const { result: capacity, mb: before } = await mostMemory(served.pids, () => capacityOf(doors, ms / 3));
      const writes = capacity / WRITES;
      const usual = { reads: (capacity - writes) * USUAL, writes: writes * USUAL };
      const calm = await press(doors, usual, Math.min(ms / 6, 5_000));
      const { result: calls, mb } = await mostMemory(served.pids, () =>
        press(doors, { reads: capacity * times - writes, writes }, ms),
      );
      const normalMs = await untilNormal(doors, usual, Math.max(p99(calm), 10));
      const { lost, of } = await doors.lost();
      const failed = failedOf(calls);
      const perSecond = (doneOf(calls) * 1000) / ms;
      const goodput = perSecond / capacity;
      const { done, refused, failed: broken } = calls.writes;
      const brought = done / Math.max(1, done + refused + broken.length);
      const memory = mb / before;
      const said = [
        `${refusedOf(calls)} turned away`,
        `brought in ${(brought * 100).toFixed(2)} %`,
        `memory ${memory.toFixed(2)}`,
        `normal after ${(normalMs / 1000).toFixed(1)} s`,
        `${failed.length} failed`,
        `${lost} of ${of} lost`,
        ...[...new Set(failed)].slice(0, 3),
      ].join(', ');
      bench.say(`B15 ${times}×: ${goodput.toFixed(2)} of ${capacity.toFixed(0)}/s, ${said}`);
      return {
        case: 'B15',
        what: `${times}× what the gateway can do for ${(ms / 1000).toFixed(0)} s: answered/s ÷ capacity; ${said}`,
        ours: `${perSecond.toFixed(0)}/s`,
        floor: `${capacity.toFixed(0)}/s`,
        ratio: goodput.toFixed(2),
        goal: `≥ ${goal}`,
        met:
          goodput >= goal && memory <= 1.25 && brought >= 0.999 && normalMs <= NORMAL_AFTER_MS && failed.length === 0,
        correct: lost === 0 && calls.reads.done > 0 && done > 0,
      };
    };
    if (warmUp !== false) await warmUpWith(doors.reads, CALLERS);
    const lines: Line[] = [];
    for (const load of LOADS) lines.push(await over(load));
    return { lines, detail: { lines } };
  });
