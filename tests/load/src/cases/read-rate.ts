import { journeyV1 } from '@throughline/proto';
import { freePort } from '@throughline/testing';
import type { Child } from '../measure/children';
import { pause, startNode } from '../measure/children';
import type { Bench } from '../measure/context';
import { httpReader } from '../measure/http-reader';
import { interleave, median, pairName, ratioOf } from '../measure/pairs';
import type { Reads } from '../measure/reads';
import { rawReader, readFor, warmUpWith } from '../measure/reads';
import type { Line } from '../measure/report';
import { spread } from './lines';
import { stopAll } from './parts';
import {
  customerOf,
  GET_TIMELINE,
  must,
  TIMELINE,
  timelineRequest,
  withGateway,
  withTimeline,
} from './timeline-fixture';
import type { Case, CaseOptions } from './types';

const CALLERS = 32;
const MS = 4_000;

type Read = () => Promise<Buffer>;
interface Side {
  read: Read;
  pids: number[];
}

/** A floor that answers one page, on a port of its own. */
const startPage = async (bench: Bench, db: string, kind: 'grpc' | 'express' | 'http') => {
  const port = await freePort();
  const child = startNode(`floor-page-${kind}`, `tests/load/dist/floors/page-${kind}.js`, {
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: db,
    GRPC_PORT: String(port),
    HTTP_PORT: String(port),
  });
  return { child, port };
};

/** Asks until there is an answer: a floor does not say when it is ready. */
const firstAnswer = async (child: Child, read: Read): Promise<Buffer> => {
  for (let left = 200; ; left--) {
    try {
      return await read();
    } catch (error) {
      if (child.exited() || left === 0) throw new Error(child.exited() ?? `${child.name}: ${String(error)}`);
      await pause(50);
    }
  }
};

type Pairs = { ours: Reads; floor: Reads }[];

const measure = (bench: Bench, name: string, ours: Side, floor: Side, options: CaseOptions): Promise<Pairs> => {
  const side = ({ read, pids }: Side) => {
    let warm = options.warmUp === false;
    return async () => {
      if (!warm) await warmUpWith(read, CALLERS);
      warm = true;
      return readFor(read, options.ms ?? MS, CALLERS, pids);
    };
  };
  return interleave(options, side(ours), side(floor), (pair, i) => {
    const say = ({ perSecond, p99, cpuMicros }: Reads) =>
      `${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms, ${cpuMicros.toFixed(0)} µs CPU each`;
    bench.say(`${name} ${pairName(i)}: ours ${say(pair.ours)}; floor ${say(pair.floor)}`);
  });
};

const ratios = (pairs: Pairs) => ({
  rate: ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond }))),
  tail: ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.p99, floor: floor.p99 }))),
});

const rateLine = (name: string, what: string, pairs: Pairs, goal?: number): Line => {
  const { rate } = ratios(pairs);
  const said = (pick: 'ours' | 'floor') =>
    `${median(pairs.map((pair) => pair[pick].perSecond)).toFixed(0)}/s, ${median(pairs.map((pair) => pair[pick].cpuMicros)).toFixed(0)} CPU-µs`;
  return {
    case: name,
    what,
    ours: said('ours'),
    floor: said('floor'),
    ratio: spread(rate),
    goal: goal === undefined ? '' : `≥ ${goal}`,
    met: goal === undefined || rate.median >= goal,
    correct: pairs.every(({ ours, floor }) => ours.failed + floor.failed === 0),
  };
};

const tailLine = (name: string, what: string, pairs: Pairs, goal: number): Line => {
  const { tail } = ratios(pairs);
  const said = (pick: 'ours' | 'floor') => `p99 ${median(pairs.map((pair) => pair[pick].p99)).toFixed(1)} ms`;
  return {
    ...rateLine(name, what, pairs),
    ours: said('ours'),
    floor: said('floor'),
    ratio: spread(tail),
    goal: `≤ ${goal}`,
    met: tail.median <= goal,
  };
};

const idsOf = (bytes: Buffer): string =>
  journeyV1.GetTimelineResponse.decode(bytes)
    .entries.map(({ eventId }) => eventId)
    .join();

/** B11: GetTimeline as it ships against the least a gRPC server can do for the same page. */
export const b11: Case = (bench, options) =>
  withTimeline(bench, options.events ?? 20_000, async ({ address, db, journey }) => {
    const { child, port } = await startPage(bench, db, 'grpc');
    const [mine, least] = [rawReader(address, GET_TIMELINE), rawReader(`127.0.0.1:${port}`, '/floor.Page/Get')];
    try {
      const request = timelineRequest(0);
      // A customer's id and the key of its rows are the same 16 bytes.
      const point = Buffer.from(customerOf(0).replaceAll('-', ''), 'hex');
      const ours = { read: () => mine.read(request), pids: [journey.pid] };
      const floor = { read: () => least.read(point), pids: [child.pid] };
      const ids = idsOf(await firstAnswer(child, floor.read));
      must(ids !== '' && ids === idsOf(await ours.read()), 'both give the same page');
      const pairs = await measure(bench, 'B11', ours, floor, options);
      return {
        lines: [
          rateLine('B11', 'GetTimeline over gRPC, req/s ÷ F3g', pairs, 0.85),
          tailLine('B11', 'the same, p99 ÷ F3g p99', pairs, 1.3),
        ],
        detail: { pairs, ...ratios(pairs) },
      };
    } finally {
      mine.close();
      least.close();
      await child.stop();
    }
  });

const jsonIds = (bytes: Buffer): string =>
  (JSON.parse(bytes.toString('utf8')) as { entries: { eventId: string; data: { text: string } }[] }).entries
    .map(({ eventId, data }) => `${eventId} ${data.text}`)
    .join();

/** B11r: the same page over REST, through the gateway, against Express and against node:http alone. */
export const b11r: Case = (bench, options) =>
  withGateway(bench, options.events ?? 20_000, async ({ db, pids, reader }) => {
    const children: Child[] = [];
    const readers: { close(): void }[] = [];
    try {
      const floors = [];
      for (const kind of ['express', 'http'] as const) {
        const { child, port } = await startPage(bench, db, kind);
        children.push(child);
        const page = httpReader(port, `/customers/${customerOf(0)}/timeline`);
        readers.push(page);
        floors.push({ child, side: { read: () => page.read(), pids: [child.pid] } });
      }
      const page = reader(TIMELINE);
      const ours: Side = { read: () => page.read(), pids };
      const ids = jsonIds(await ours.read());
      for (const floor of floors) {
        must(ids !== '' && ids === jsonIds(await firstAnswer(floor.child, floor.side.read)), 'all give the same page');
      }
      const [express, bare] = floors.map((floor) => floor.side) as [Side, Side];
      const pairs = await measure(bench, 'B11r ÷ F3e', ours, express, options);
      const barePairs = await measure(bench, 'B11r ÷ F3h', ours, bare, options);
      return {
        lines: [
          rateLine('B11r', 'the same page over REST, req/s ÷ F3e (express)', pairs, 0.9),
          rateLine('B11r', 'the same ÷ F3h (node:http), for comparison', barePairs),
        ],
        detail: { express: { pairs, ...ratios(pairs) }, http: { pairs: barePairs, ...ratios(barePairs) } },
      };
    } finally {
      for (const one of readers) one.close();
      await stopAll(children);
    }
  });
