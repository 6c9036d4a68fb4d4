import { performance } from 'node:perf_hooks';
import { encodeEvent } from '@throughline/bus';
import { commonV1, conversationV1 } from '@throughline/proto';
import { freePort } from '@throughline/testing';
import type { mongo } from 'mongoose';
import { startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import { measureDrain } from '../measure/drain';
import { interleave, ratioOf } from '../measure/pairs';
import type { Preloaded } from '../workload/channel-mix';
import { TENANT } from '../workload/channel-mix';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { spread } from './lines';
import { CONVERSATIONS, openAdmin, topicsOf } from './parts';
import type { Case } from './types';

const RECIPIENTS = 100;

/** Notes that name a hundred agents each. */
function* notes(events: number): Generator<Preloaded> {
  const mentions = Array.from({ length: RECIPIENTS }, (_, i) => `agent-${i}`);
  for (let i = 0; i < events; i++) {
    const conversationId = `c${i % 1_000}`;
    const note = conversationV1.NoteAdded.fromPartial({
      conversationId,
      messageId: `m${i}`,
      author: { kind: commonV1.ActorKind.AGENT, id: 'sam', displayName: 'Sam' },
      text: `please look at number ${i}`,
      mentions,
    });
    // Not long ago: notices fade after thirty days, in the middle of a run as well.
    const at = new Date(Date.now() - i);
    const value = encodeEvent({
      id: `note/${i}`,
      source: 'throughline/conversation',
      type: 'throughline.conversation.v1.NoteAdded',
      subject: conversationId,
      time: at,
      recordedAt: at,
      tenantId: TENANT,
      conversationId,
      data: conversationV1.NoteAdded.encode(note).finish(),
    });
    yield { key: `${TENANT}/${conversationId}`, value } as Preloaded;
  }
}

interface Run {
  perSecond: number;
  /** Processor time of whoever writes, without mongod and the broker. */
  microsPerRow: number;
  correct: boolean;
}

const everyoneOnce = async (rows: mongo.Collection, events: number): Promise<boolean> => {
  const perAgent = await rows
    .aggregate<{ _id: string; n: number }>([{ $group: { _id: '$recipient', n: { $sum: 1 } } }])
    .toArray();
  return perAgent.length === RECIPIENTS && perAgent.every(({ n }) => n === events);
};

const oursOnce = async (bench: Bench, prefix: string, events: number): Promise<Run> => {
  const db = `${bench.fresh()}n`;
  await openAdmin(bench, prefix).resetOffsets('notification', topicsOf(''));
  const service = await startService('notification', {
    KAFKA_BROKERS: bench.brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: db,
    LOG_LEVEL: 'warn',
    HTTP_PORT: String(await freePort()),
    NOTIFICATION_SECRET: 'a secret only for benchmarks, long enough',
  });
  try {
    await waitReady(service);
    const rows = bench.client.db(db).collection('notices');
    const all = events * RECIPIENTS;
    const { perSecond, cpuBy } = await measureDrain(bench, [service], rows, all, all);
    // Seconds per million are microseconds apiece.
    return { perSecond, microsPerRow: cpuBy[service.name]!, correct: await everyoneOnce(rows, events) };
  } finally {
    await service.stop();
    await bench.client.db(db).dropDatabase();
  }
};

/** The same rows under the same indexes by `insertMany`, a thousand a command, two commands at a time as the service has them. */
const floorOnce = async (bench: Bench, events: number): Promise<Run> => {
  const db = bench.client.db(`${bench.fresh()}f`);
  const rows = db.collection<{ _id: string }>('notices');
  try {
    await rows.createIndex({ tenantId: 1, recipient: 1, cursor: 1 });
    await rows.createIndex({ at: 1 }, { expireAfterSeconds: 30 * 86_400 });
    const at = new Date();
    const docs = Array.from({ length: events * RECIPIENTS }, (_, i) => ({
      _id: `${TENANT}/${Math.floor(i / RECIPIENTS)
        .toString()
        .padStart(22, '0')}.agent:agent-${i % RECIPIENTS}`,
      tenantId: TENANT,
      recipient: `agent:agent-${i % RECIPIENTS}`,
      cursor: `01890000-0000-7000-8000-${i.toString(16).padStart(12, '0')}.10000`,
      at,
      kind: 'mention',
      text: `Sam: please look at number ${Math.floor(i / RECIPIENTS)}`,
      conversationId: `c${Math.floor(i / RECIPIENTS) % 1_000}`,
      aboutId: `m${Math.floor(i / RECIPIENTS)}`,
    }));
    const began = performance.now();
    const before = process.cpuUsage();
    let next = 0;
    const worker = async () => {
      while (next < docs.length) {
        const batch = docs.slice(next, next + 1_000);
        next += batch.length;
        await rows.insertMany(batch, { ordered: false, writeConcern: { w: 'majority', journal: true } });
      }
    };
    await Promise.all([worker(), worker()]);
    const perSecond = (docs.length * 1000) / (performance.now() - began);
    const { user, system } = process.cpuUsage(before);
    const microsPerRow = (user + system) / docs.length;
    return { perSecond, microsPerRow, correct: await everyoneOnce(rows as unknown as mongo.Collection, events) };
  } finally {
    await db.dropDatabase();
  }
};

/** B17: one event that a hundred people must hear of becomes a hundred rows, against the bare insert of those rows. */
export const b17: Case = async (bench, { events = 2_000, pairs = 5, warmUp }) => {
  const prefix = `${bench.fresh()}.`;
  await createTopics(bench.brokers, topicsOf(prefix));
  try {
    await preload(bench.brokers, prefix + CONVERSATIONS, notes(events));
    const runs = await interleave(
      { pairs, warmUp },
      () => oursOnce(bench, prefix, events),
      () => floorOnce(bench, events),
      ({ ours, floor }) =>
        bench.say(
          `B17: ours ${ours.perSecond.toFixed(0)} rows/s and ${ours.microsPerRow.toFixed(1)} µs a row, insertMany ${floor.perSecond.toFixed(0)} and ${floor.microsPerRow.toFixed(1)}`,
        ),
    );
    const ratio = ratioOf(runs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
    const middle = (side: 'ours' | 'floor') =>
      `${([...runs].sort((a, b) => a[side].perSecond - b[side].perSecond)[Math.floor(runs.length / 2)]![side].perSecond / 1000).toFixed(1)}k rows/s`;
    return {
      lines: [
        {
          case: 'B17',
          what: `${events} events → ${RECIPIENTS} recipients each`,
          ours: middle('ours'),
          floor: middle('floor'),
          ratio: spread(ratio),
          goal: '≥ 0.75',
          met: ratio.median >= 0.75,
          correct: runs.every(({ ours, floor }) => ours.correct && floor.correct),
        },
      ],
      detail: runs,
    };
  } finally {
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};
