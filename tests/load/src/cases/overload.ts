import { pause } from '../measure/children';
import type { Bench } from '../measure/context';
import { residentMb } from '../measure/cpu';
import { httpReader, statusOf } from '../measure/http-reader';
import { percentile } from '../measure/pairs';
import type { Line } from '../measure/report';
import { dueAt, preciseNow } from '../workload/open-loop';
import { API_KEY, startGateway, stopAll, waitReady } from './parts';
import { customerOf, withTimeline } from './timeline-fixture';
import type { Case } from './types';

const CALLERS = 32;
const EVENTS = 1_000;
const MS = 60_000;
const WARM_UP = 6_000;
/** Times what the doors can do that is asked of them. */
const TIMES = [3, 5];
/** One call in ten at capacity brings something in; there are no more of those under overload, only more readers. */
const WRITES = 10;
/** What a busy day looks like. */
const USUAL = 0.5;
const NORMAL_AFTER_MS = 30_000;
const TICK_MS = 2;
const SLICE_MS = 1_000;

interface Told {
  done: number;
  refused: number;
  failed: string[];
  times: number[];
}
interface Calls {
  reads: Told;
  writes: Told;
  /** Numbers of the contacts whose creation was acknowledged. */
  known: Set<number>;
}

const none = (): Told => ({ done: 0, refused: 0, failed: [], times: [] });
const noCalls = (): Calls => ({ reads: none(), writes: none(), known: new Set() });

const contact = (n: number, create: boolean): string =>
  JSON.stringify({ contactPoints: [{ type: 'CONTACT_POINT_TYPE_EMAIL', value: `over${n}@example.org` }], create });

/** Reads of a timeline and new contacts, over the gateway. */
const callsOf = (port: number) => {
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
  const timeline = httpReader(port, `/v1/customers/${customerOf(0)}/timeline`, headers);
  const resolve = httpReader(port, '/v1/customers:resolve', headers, contact(0, false));
  let next = 0;
  const note = async (told: Told, from: number, answer: Promise<unknown>): Promise<boolean> => {
    try {
      await answer;
      told.done++;
      told.times.push(preciseNow() - from);
      return true;
    } catch (error) {
      const status = statusOf(error);
      if (status === 503 || status === 429) told.refused++;
      else told.failed.push((error as Error).message);
      return false;
    }
  };
  return {
    read: ({ reads }: Calls, from = preciseNow()) => note(reads, from, timeline.read()),
    async write({ writes, known }: Calls, from = preciseNow()): Promise<void> {
      const n = next++;
      if (await note(writes, from, resolve.read(contact(n, true)))) known.add(n);
    },
    /** Whether a contact is there. */
    isThere: (n: number): Promise<boolean> =>
      resolve.read(contact(n, false)).then(
        () => true,
        () => false,
      ),
    close() {
      timeline.close();
      resolve.close();
    },
  };
};
type Doors = ReturnType<typeof callsOf>;

/** As many as are answered when each caller asks again once it has an answer. */
const capacityOf = async (doors: Doors, ms: number): Promise<number> => {
  const calls = noCalls();
  const began = preciseNow();
  let asked = 0;
  const work = async () => {
    while (preciseNow() - began < ms) await (asked++ % WRITES === 0 ? doors.write(calls) : doors.read(calls));
  };
  await Promise.all(Array.from({ length: CALLERS }, work));
  return ((calls.reads.done + calls.writes.done) * 1000) / (preciseNow() - began);
};

/** Open loop: `reads` and `writes` a second, whatever becomes of them; ends when every call has ended. */
const press = async (doors: Doors, rates: { reads: number; writes: number }, ms: number): Promise<Calls> => {
  const calls = noCalls();
  const began = preciseNow();
  const open: Promise<unknown>[] = [];
  const sent = { reads: 0, writes: 0 };
  for (let now = began; now - began < ms; now = preciseNow()) {
    for (; dueAt(began, rates.reads, sent.reads) <= now; sent.reads++)
      open.push(doors.read(calls, dueAt(began, rates.reads, sent.reads)));
    for (; dueAt(began, rates.writes, sent.writes) <= now; sent.writes++)
      open.push(doors.write(calls, dueAt(began, rates.writes, sent.writes)));
    await pause(TICK_MS);
  }
  await Promise.all(open);
  return calls;
};

/** Memory of some processes while `work` runs: the most of it. */
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

const p99 = ({ reads: { times } }: Calls): number => percentile(times, 99);

/** Until a second of usual load is answered as before: nothing refused, and the slowest within twice of what they were. */
const untilNormal = async (doors: Doors, rates: { reads: number; writes: number }, usual: number): Promise<number> => {
  const began = preciseNow();
  for (;;) {
    const calls = await press(doors, rates, SLICE_MS);
    const over = calls.reads.refused + calls.writes.refused + calls.reads.failed.length + calls.writes.failed.length;
    const took = preciseNow() - began;
    if ((over === 0 && p99(calls) <= 2 * usual) || took > 4 * NORMAL_AFTER_MS) return took - SLICE_MS;
  }
};

/**
 * B15, and P13 at five times: more is asked of the gateway than it can do. What it turns away it turns away at once and in words, what it
 * takes it does, those who bring something in come before those who read, and afterwards it is as it was.
 */
export const b15: Case = (bench: Bench, { events = EVENTS, ms = MS, warmUp }) =>
  withTimeline(bench, events, async ({ address, journey }) => {
    const db = `${bench.fresh()}g`;
    const gateway = await startGateway(bench, db, address, ['journey:read', 'journey:write']);
    const doors = callsOf(gateway.httpPort);
    const pids = [gateway.pid, journey.pid];
    const over = async (times: number): Promise<Line> => {
      const { result: capacity, mb: before } = await mostMemory(pids, () => capacityOf(doors, ms / 3));
      const writes = capacity / WRITES;
      const usual = { reads: (capacity - writes) * USUAL, writes: writes * USUAL };
      const calm = await press(doors, usual, Math.min(ms / 6, 5_000));
      const { result: calls, mb } = await mostMemory(pids, () =>
        press(doors, { reads: capacity * times - writes, writes }, ms),
      );
      const normalMs = await untilNormal(doors, usual, Math.max(p99(calm), 10));
      const failed = [...calls.reads.failed, ...calls.writes.failed];
      let lost = 0;
      for (const n of calls.known) if (!(await doors.isThere(n))) lost++;
      const goodput = ((calls.reads.done + calls.writes.done) * 1000) / ms / capacity;
      const brought =
        calls.writes.done / Math.max(1, calls.writes.done + calls.writes.refused + calls.writes.failed.length);
      const memory = mb / before;
      const refused = calls.reads.refused + calls.writes.refused;
      const said = [
        `${refused} turned away`,
        `brought in ${(brought * 100).toFixed(2)} %`,
        `memory ${memory.toFixed(2)}`,
        `normal after ${(normalMs / 1000).toFixed(1)} s`,
        `${failed.length} failed`,
        `${lost} of ${calls.known.size} lost`,
      ];
      if (failed.length > 0) said.push([...new Set(failed)].slice(0, 3).join('; '));
      bench.say(`B15 ${times}×: ${goodput.toFixed(2)} of ${capacity.toFixed(0)}/s, ${said.join(', ')}`);
      const good = times > 3 ? 0.8 : 0.95;
      return {
        case: 'B15',
        what: `${times}× what the gateway can do for ${(ms / 1000).toFixed(0)} s: answered/s ÷ capacity; ${said.join(', ')}`,
        ours: `${(goodput * capacity).toFixed(0)}/s`,
        floor: `${capacity.toFixed(0)}/s`,
        ratio: goodput.toFixed(2),
        goal: `≥ ${good}`,
        met:
          goodput >= good && memory <= 1.25 && brought >= 0.999 && normalMs <= NORMAL_AFTER_MS && failed.length === 0,
        correct: lost === 0 && calls.reads.done > 0 && calls.writes.done > 0,
      };
    };
    try {
      await waitReady(gateway);
      for (let i = 0; warmUp !== false && i < WARM_UP; i += CALLERS)
        await Promise.all(Array.from({ length: CALLERS }, () => doors.read(noCalls())));
      const lines: Line[] = [];
      for (const times of TIMES) lines.push(await over(times));
      return { lines, detail: { lines } };
    } finally {
      doors.close();
      await stopAll([gateway]);
      await bench.client.db(db).dropDatabase();
    }
  });
