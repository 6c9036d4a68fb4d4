import { customerIdFor } from '@throughline/core';
import { journeyV1 } from '@throughline/proto';
import type { ServiceChild } from '../measure/children';
import { freePort, pause, startNode } from '../measure/children';
import type { Bench } from '../measure/context';
import { interleave, median, ratioOf } from '../measure/pairs';
import { rawReader, readFor } from '../measure/reads';
import { TENANT } from '../workload/channel-mix';
import { contactPointOf, conversationEvent } from '../workload/conversation-events';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { spread } from './lines';
import { CONVERSATIONS, startJourney, topicsOf, waitReady } from './parts';
import type { Case } from './types';

const PATH = '/throughline.journey.v1.JourneyService/GetTimeline';
const SMALL = 10;

const requestOf = (customer: number, more: Partial<journeyV1.GetTimelineRequest> = {}): Buffer =>
  Buffer.from(
    journeyV1.GetTimelineRequest.encode(
      journeyV1.GetTimelineRequest.fromPartial({
        customerId: customerIdFor(TENANT, contactPointOf(customer)),
        ...more,
      }),
    ).finish(),
  );

/** Customer 0 has `big` events, customers 1 to 500 have ten each; filed by the service itself. */
function* filled(big: number) {
  for (let seq = 1; seq <= big; seq++) yield conversationEvent(0, seq, seq);
  for (let c = 1; c <= 500; c++) for (let seq = 1; seq <= SMALL; seq++) yield conversationEvent(c, seq, big + seq);
}

interface Filled {
  db: string;
  journey: ServiceChild;
  address: string;
}

const withTimeline = async <T>(bench: Bench, big: number, work: (filled: Filled) => Promise<T>): Promise<T> => {
  const run = bench.fresh();
  const prefix = `${run}.`;
  const db = `${run}j`;
  await createTopics(bench.brokers, topicsOf(prefix));
  const total = await preload(bench.brokers, prefix + CONVERSATIONS, filled(big));
  const journey = await startJourney(bench, prefix, db);
  try {
    await waitReady(journey);
    const rows = bench.client.db(db).collection('timeline');
    while ((await rows.estimatedDocumentCount()) < total) await pause(100);
    return await work({ db, journey, address: `127.0.0.1:${journey.grpcPort}` });
  } finally {
    await journey.stop();
    await bench.client.db(db).dropDatabase();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};

const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(`the answers are wrong, the number would be void: ${what}`);
};

/** B10 and B10d: the same page at another length and depth, one caller, in turns. */
export const b10: Case = (bench, options) =>
  withTimeline(bench, options.events ?? 100_000, async ({ address }) => {
    const { read, close } = rawReader(address, PATH);
    const page = async (request: Buffer) => journeyV1.GetTimelineResponse.decode(await read(request));
    const depth = Math.floor((options.events ?? 100_000) * 0.9);
    let token = '';
    for (let passed = 0; passed < depth; passed += 200) {
      token = (await page(requestOf(0, { pageSize: 200, pageToken: token }))).nextPageToken;
    }
    const deep = requestOf(0, { pageToken: token });
    const first = await page(requestOf(0));
    must(first.entries.length === 20 && (await page(deep)).entries.length === 20, 'a page has 20 entries');
    must((await page(requestOf(1))).entries.length === SMALL, 'the short timeline has ten');
    let turn = 0;
    const small = () => read(requestOf(1 + (turn++ % 500)));
    const once = (ask: () => Promise<unknown>) => () => readFor(ask, 2_000, 1);
    const lengths = await interleave(
      options.pairs ?? 5,
      once(() => read(requestOf(0))),
      once(small),
    );
    const depths = await interleave(
      options.pairs ?? 5,
      once(() => read(deep)),
      once(() => read(requestOf(0))),
    );
    close();
    const line = (name: string, what: string, pairs: typeof lengths, goal: number) => {
      const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.p99, floor: floor.p99 })));
      return {
        case: name,
        what,
        ours: `p99 ${median(pairs.map((pair) => pair.ours.p99)).toFixed(2)} ms`,
        floor: `p99 ${median(pairs.map((pair) => pair.floor.p99)).toFixed(2)} ms`,
        ratio: spread(ratio),
        goal: `≤ ${goal}`,
        met: ratio.median <= goal,
        correct: pairs.every((pair) => pair.ours.failed + pair.floor.failed === 0),
      };
    };
    return {
      lines: [
        line('B10', 'first page p99, long ÷ short timeline', lengths, 1.15),
        line('B10d', 'page at depth 90 % ÷ first page, p99', depths, 1.1),
      ],
      detail: { lengths, depths },
    };
  });

/** B11: GetTimeline as it ships against the least a gRPC server can do for the same page. */
export const b11: Case = (bench, options) =>
  withTimeline(bench, options.events ?? 20_000, async ({ address, db }) => {
    const port = await freePort();
    const floor = startNode('floor-page', 'tests/load/dist/floors/page-grpc.js', {
      MONGO_URL: bench.mongoUrl,
      MONGO_DB: db,
      GRPC_PORT: String(port),
    });
    try {
      await pause(1_500);
      const ours = rawReader(address, PATH);
      const theirs = rawReader(`127.0.0.1:${port}`, '/floor.Page/Get');
      const request = requestOf(0);
      // A customer's id and the key of its rows are the same 16 bytes.
      const point = Buffer.from(customerIdFor(TENANT, contactPointOf(0)).replaceAll('-', ''), 'hex');
      const [mine, least] = [await ours.read(request), await theirs.read(point)];
      const ids = (bytes: Buffer) =>
        journeyV1.GetTimelineResponse.decode(bytes)
          .entries.map((entry) => entry.eventId)
          .join();
      must(ids(mine) === ids(least) && ids(mine) !== '', 'both give the same page');
      const pairs = await interleave(
        options.pairs ?? 5,
        () => readFor(() => ours.read(request), 4_000, 32),
        () => readFor(() => theirs.read(point), 4_000, 32),
        (pair, i) =>
          bench.say(`B11 ${i}: ours ${pair.ours.perSecond.toFixed(0)}/s, F3g ${pair.floor.perSecond.toFixed(0)}/s`),
      );
      ours.close();
      theirs.close();
      const rate = ratioOf(pairs.map((pair) => ({ ours: pair.ours.perSecond, floor: pair.floor.perSecond })));
      const tail = ratioOf(pairs.map((pair) => ({ ours: pair.ours.p99, floor: pair.floor.p99 })));
      const correct = pairs.every((pair) => pair.ours.failed + pair.floor.failed === 0);
      const said = (pick: 'ours' | 'floor') => `${median(pairs.map((pair) => pair[pick].perSecond)).toFixed(0)}/s`;
      const base = { case: 'B11', ours: said('ours'), floor: said('floor'), correct };
      return {
        lines: [
          {
            ...base,
            what: 'GetTimeline over gRPC, req/s ÷ F3g',
            ratio: spread(rate),
            goal: '≥ 0.85',
            met: rate.median >= 0.85,
          },
          { ...base, what: 'the same, p99 ÷ F3g p99', ratio: spread(tail), goal: '≤ 1.3', met: tail.median <= 1.3 },
        ],
        detail: { pairs, rate, tail },
      };
    } finally {
      await floor.stop();
    }
  });
