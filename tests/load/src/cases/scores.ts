import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { feedbackV1 as v1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { freePort } from '@throughline/testing';
import type { mongo } from 'mongoose';
import type { ServiceChild } from '../measure/children';
import { callerPrivateKey, pause, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import { cpuMeter } from '../measure/context';
import { interleave, median, ratioOf } from '../measure/pairs';
import { signedBy } from '../workload/caller';
import { TENANT } from '../workload/channel-mix';
import { createTopics, deleteTopics } from '../workload/preload';
import { spread } from './lines';
import { topicsOf } from './parts';
import type { Case } from './types';

const SMALL = 1_000;
const DAY = 86_400_000;
const SURVEY = 'after';
const channels = ['email', 'chat', 'voice'];
const topics = Array.from({ length: 20 }, (_, i) => `topic-${i}`);
const agents = Array.from({ length: 50 }, (_, i) => `agent-${i}`);

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

interface Entry {
  id: string;
  scopes: string[];
  day: string;
  dims: Record<string, string>;
  add: Record<string, number>;
}

/** Ids are spread as those of the service are: no answer stands beside the one before it. */
const idOf = (n: number): string => createHash('sha256').update(`answer/${n}`).digest('hex').slice(0, 32);

/** After so many answers their dimensions and values come in the same order again. */
const ROUND = 300;

/** What the n-th answer leaves to be counted, as the service writes it: who was asked, who answered, and the value. */
const entriesOf = (n: number, day: string): Entry[] => {
  const id = `invitation/${idOf(n)}`;
  const dims = {
    channel: channels[n % 3]!,
    agent: agents[n % 50]!,
    topic: topics[n % 20]!,
    queue: `queue-${n % 5}`,
    language: n % 4 === 0 ? 'zh' : 'en',
    survey: SURVEY,
  };
  const people = { scopes: [`population/${SURVEY}`, 'population'], day, dims };
  const value = { scopes: [`question/${SURVEY}/csat`, `kind/csat/${SURVEY}`, 'kind/csat'], day, dims };
  return [
    { ...people, id: `${id}/invited`, add: { invited: 1 } },
    { ...people, id: `${id}/answered`, add: { answered: 1 } },
    { ...value, id: `${id}/csat/1`, add: { [1 + (n % 5)]: 1 } },
  ];
};
const ENTRIES = 3;

interface Answered {
  _id: string;
  tenantId: string;
  version: number;
  ownId: string;
  surveyId: string;
  createdAt: number;
  toCount?: Entry[];
}

const answerOf = (n: number, at: number): Answered => {
  const ownId = idOf(n);
  return { _id: `${TENANT}/${ownId}`, tenantId: TENANT, version: 1, ownId, surveyId: SURVEY, createdAt: at };
};

/** A service with a number of answers that were counted before, as it would have counted them itself. */
interface Side {
  service: ServiceChild;
  db: mongo.Db;
  answers: number;
  stop(): Promise<void>;
}

/** A year of journeys, the newest yesterday; a few days are enough where speed is not looked at. Answers of one day follow each other. */
const yearOf = (answers: number) => {
  const days = answers < 100_000 ? 7 : 365;
  return { days, first: (day: number) => Math.ceil((day * answers) / days) };
};

/** Cells as they are after so many answers. */
const cellsAfter = (answers: number, dayAt: (daysAgo: number) => string) => {
  const { days, first } = yearOf(answers);
  const cells = new Map<string, { cell: object; h: Record<string, number> }>();
  const below = (n: number, residue: number) => Math.ceil((n - residue) / ROUND);
  for (let day = 0; day < days; day++) {
    for (let residue = 0; residue < ROUND; residue++) {
      // Answers of a day that differ in their number only grow the same cells: one of them is looked at, for all.
      const alike = below(first(day + 1), residue) - below(first(day), residue);
      if (alike === 0) continue;
      for (const entry of entriesOf(residue, dayAt(1 + day))) {
        for (const scope of entry.scopes) {
          for (const [dim, value] of [['total', ''], ...Object.entries(entry.dims)] as [string, string][]) {
            const id = JSON.stringify([TENANT, scope, dim, value, entry.day]);
            const known = cells.get(id) ?? { cell: { tenantId: TENANT, scope, dim, value, day: entry.day }, h: {} };
            for (const [name, by] of Object.entries(entry.add)) known.h[name] = (known.h[name] ?? 0) + by * alike;
            cells.set(id, known);
          }
        }
      }
    }
  }
  return [...cells].map(([_id, { cell, h }]) => ({ _id, ...cell, h }));
};

const BATCH = 10_000;
const quickly = { ordered: false, writeConcern: { w: 1 } };

const preloadAnswers = async (db: mongo.Db, answers: number): Promise<void> => {
  const now = Date.now();
  const { days, first } = yearOf(answers);
  const collection = <D extends { _id: string }>(name: string) => db.collection(name) as unknown as mongo.Collection<D>;
  let before: Promise<unknown> = Promise.resolve();
  let docs: Answered[] = [];
  let counted: { _id: string; at: Date }[] = [];
  const write = async () => {
    // The next ones are made while these are written.
    await before;
    before = Promise.all([
      collection<Answered>('invitations').insertMany(docs as never, quickly),
      collection<{ _id: string; at: Date }>('counted').insertMany(counted as never, quickly),
    ]);
    [docs, counted] = [[], []];
  };
  for (let day = 0; day < days; day++) {
    const at = now - (1 + day) * DAY;
    for (let n = first(day); n < first(day + 1); n++) {
      docs.push(answerOf(n, at));
      for (const { id } of entriesOf(n, '')) counted.push({ _id: `${TENANT}/${dayOf(at)}/${id}`, at: new Date(now) });
      if (docs.length === BATCH) await write();
    }
  }
  if (docs.length > 0) await write();
  await before;
  const rows = cellsAfter(answers, (daysAgo) => dayOf(now - daysAgo * DAY));
  for (let i = 0; i < rows.length; i += BATCH) {
    await collection<{ _id: string }>('cells').insertMany(rows.slice(i, i + BATCH) as never, quickly);
  }
};

const openSide = async (bench: Bench, prefix: string, answers: number): Promise<Side> => {
  const name = `${bench.fresh()}s`;
  const db = bench.client.db(name);
  // Before the service, which builds its indexes at its start: over what is there that takes a tenth of the time.
  await preloadAnswers(db, answers);
  const service = await startService('feedback', {
    KAFKA_BROKERS: bench.brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: name,
    LOG_LEVEL: 'error',
    HTTP_PORT: String(await freePort()),
    FEEDBACK_LINK_KEYS: JSON.stringify([{ kid: 1, secret: 'a secret only for benchmarks, long enough' }]),
    // Asking is not the subject.
    FEEDBACK_LOOK_MS: '600000',
  });
  await waitReady(service, 240_000);
  return {
    service,
    db,
    answers,
    async stop() {
      process.kill(service.pid, 'SIGCONT');
      await service.stop();
      await db.dropDatabase();
    },
  };
};

interface Round {
  microsPerAnswer: number;
  cpuMicrosPerAnswer: number;
}

const uncounted = (db: mongo.Db): Promise<number> =>
  db.collection('invitations').countDocuments({ 'toCount.id': { $exists: true } }, { hint: 'waits_to_count' });

/** New answers wait while the service is stopped; from the first batch that is counted to the last. */
const countMore = async (bench: Bench, side: Side, fresh: number): Promise<Round> => {
  const { service, db } = side;
  // Read from the collection's size: looking costs the database nothing.
  const counted = () => db.collection('counted').estimatedDocumentCount();
  process.kill(service.pid, 'SIGSTOP');
  const before = await counted();
  const now = Date.now();
  const docs = Array.from({ length: fresh }, (_, i) => ({
    ...answerOf(side.answers + i, now),
    toCount: entriesOf(side.answers + i, dayOf(now)),
  }));
  await db.collection<Answered>('invitations').insertMany(docs, { ordered: false });
  side.answers += fresh;
  const cpu = cpuMeter([service.pid, ...Object.values(bench.servers)]);
  process.kill(service.pid, 'SIGCONT');
  const end = Date.now() + 120_000;
  let done = 0;
  let began = 0;
  let first = 0;
  while (done < fresh) {
    const gone = service.exited();
    if (gone) throw new Error(gone);
    if (Date.now() > end) throw new Error('the answers were not counted in time');
    await pause(5);
    done = ((await counted()) - before) / ENTRIES;
    if (began === 0 && done > 0) [began, first] = [performance.now(), done];
  }
  const micros = (performance.now() - began) * 1000;
  // Those of the last batch are not marked as counted yet.
  while ((await uncounted(db)) > 0) await pause(5);
  return { microsPerAnswer: micros / Math.max(fresh - first, 1), cpuMicrosPerAnswer: (cpu() * 1e6) / fresh };
};

const readScore = (service: ServiceChild) => {
  const address = `127.0.0.1:${service.grpcPort}`;
  const client = createClient(v1.FeedbackServiceService, address, signedBy(callerPrivateKey));
  return (from: Date) =>
    client.getScores(
      v1.GetScoresRequest.fromPartial({
        kind: v1.QuestionKind.CSAT,
        from,
        groupBy: v1.ScoreDimension.AGENT,
      } as never),
    );
};

/** Every answer is in the score once, and each value as often as it was given. */
const isRight = async ({ service, answers }: Side): Promise<boolean> => {
  const { total } = await readScore(service)(new Date(Date.now() - 366 * DAY));
  const expected = [0, 1, 2, 3, 4].map((value) => Math.floor((answers + 4 - value) / 5));
  const values = expected.every((n, value) => Number(total!.distribution[1 + value] ?? 0) === n);
  return Number(total!.n) === answers && Number(total!.population!.answered) === answers && values;
};

/** B18: what one more answer costs until it is in every score, at a million answers and at a thousand; and reading a score. */
export const b18: Case = async (bench, { events = 1_000_000, pairs = 9, warmUp }) => {
  const fresh = Math.min(4_000, Math.max(600, Math.floor(events / 100)));
  const prefix = `${bench.fresh()}.`;
  await createTopics(bench.brokers, topicsOf(prefix));
  const sides: Side[] = [];
  try {
    const open = async (answers: number) => {
      const side = await openSide(bench, prefix, answers);
      sides.push(side);
      return side;
    };
    const small = await open(Math.min(SMALL, events));
    const began = performance.now();
    const large = await open(events);
    bench.say(`B18: ${events} answers are there after ${((performance.now() - began) / 1000).toFixed(0)} s`);
    // What was preloaded is on disk, so that nobody writes it while something else is measured.
    await bench.client.db('admin').command({ fsync: 1 });
    const rounds = await interleave(
      { pairs, warmUp },
      () => countMore(bench, large, fresh),
      () => countMore(bench, small, fresh),
      ({ ours, floor }) =>
        bench.say(
          `B18: ${ours.microsPerAnswer.toFixed(0)} µs an answer, ${floor.microsPerAnswer.toFixed(0)} µs at few`,
        ),
    );
    const correct = (await isRight(large)) && (await isRight(small));
    const reading = async (side: Side) => {
      const read = readScore(side.service);
      const times: number[] = [];
      for (let i = 0; i < 30; i++) {
        const began = performance.now();
        await read(new Date(Date.now() - DAY));
        times.push(performance.now() - began);
      }
      return median(times);
    };
    const reads = await interleave(
      { pairs, warmUp },
      () => reading(large),
      () => reading(small),
    );
    const line = (what: string, unit: string, both: { ours: number; floor: number }[], goal: number) => {
      const ratio = ratioOf(both);
      const side = (name: 'ours' | 'floor') => `${median(both.map((pair) => pair[name])).toFixed(2)} ${unit}`;
      const shown = { ours: side('ours'), floor: side('floor'), ratio: spread(ratio) };
      return { case: 'B18', what, ...shown, goal: `≤ ${goal}`, met: ratio.median <= goal, correct };
    };
    const many = events >= 1_000_000 ? `${events / 1_000_000}M` : String(events);
    const of = (name: keyof Round) => rounds.map(({ ours, floor }) => ({ ours: ours[name], floor: floor[name] }));
    return {
      lines: [
        line(`an answer counted in every score, at ${many} ÷ at 1,000`, 'µs', of('microsPerAnswer'), 1.1),
        line('the same by processor time, all processes', 'µs', of('cpuMicrosPerAnswer'), 1.1),
        line(`a score of two days by agent read, at ${many} ÷ at 1,000, median`, 'ms', reads, 1.1),
      ],
      detail: { rounds, reads },
    };
  } finally {
    for (const side of sides) await side.stop();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};
