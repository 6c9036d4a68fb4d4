import { encodeEvent } from '@throughline/bus';
import { commonV1, conversationV1 } from '@throughline/proto';
import { freePort } from '@throughline/testing';
import type { mongo } from 'mongoose';
import type { Child } from '../measure/children';
import { startNode, startService, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import type { Drained } from '../measure/drain';
import { cpuText, measureDrain } from '../measure/drain';
import { interleave, median, pairName, ratioOf } from '../measure/pairs';
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

type Run = Drained & { correct: boolean };

/** Everybody has one of each event, and nobody else has any. */
const everyoneOnce = async (rows: mongo.Collection, events: number): Promise<boolean> => {
  const perAgent = await rows
    .aggregate<{ n: number; about: number }>([
      { $group: { _id: { recipient: '$recipient', aboutId: '$aboutId' } } },
      { $group: { _id: '$_id.recipient', about: { $sum: 1 } } },
    ])
    .toArray();
  const all = await rows.countDocuments();
  return (
    all === events * RECIPIENTS && perAgent.length === RECIPIENTS && perAgent.every(({ about }) => about === events)
  );
};

const drained = async (bench: Bench, child: Child, db: string, events: number): Promise<Run> => {
  const rows = bench.client.db(db).collection('notices');
  const all = events * RECIPIENTS;
  const result = await measureDrain(bench, [child], rows, all, all);
  return { ...result, correct: await everyoneOnce(rows, events) };
};

/** Leaves its rows in the database. */
const oursOnce = async (bench: Bench, prefix: string, db: string, events: number): Promise<Run> => {
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
    return await drained(bench, service, db, events);
  } finally {
    await service.stop();
  }
};

const floorOnce = async (bench: Bench, given: string, db: string, events: number): Promise<Run> => {
  const floor = startNode('floor-rows', 'tests/load/dist/floors/insert-rows.js', {
    MONGO_URL: bench.mongoUrl,
    FROM_DB: given,
    MONGO_DB: db,
    COLLECTION: 'notices',
  });
  try {
    return await drained(bench, floor, db, events);
  } finally {
    await floor.stop();
  }
};

/**
 * B17: one event that a hundred people must hear of becomes a hundred rows, against the bare insert of the very rows that the
 * service wrote, in their order, under its indexes.
 */
export const b17: Case = async (bench, { events = 4_000, pairs = 5, warmUp }) => {
  const prefix = `${bench.fresh()}.`;
  const given = `${bench.fresh()}n`;
  const dropping = async (run: (db: string) => Promise<Run>): Promise<Run> => {
    const db = `${bench.fresh()}n`;
    try {
      return await run(db);
    } finally {
      await bench.client.db(db).dropDatabase();
    }
  };
  await createTopics(bench.brokers, topicsOf(prefix));
  try {
    await preload(bench.brokers, prefix + CONVERSATIONS, notes(events));
    await oursOnce(bench, prefix, given, events);
    const runs = await interleave(
      { pairs, warmUp },
      () => dropping((db) => oursOnce(bench, prefix, db, events)),
      () => dropping((db) => floorOnce(bench, given, db, events)),
      ({ ours, floor }, index) =>
        bench.say(
          `B17 ${pairName(index)}: ours ${ours.perSecond.toFixed(0)} rows/s, insertMany ${floor.perSecond.toFixed(0)}, ` +
            `ratio ${(ours.perSecond / floor.perSecond).toFixed(2)}; CPU in µs a row ${cpuText(ours)}; ${cpuText(floor)}`,
        ),
    );
    const ratio = ratioOf(runs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
    const middle = (side: 'ours' | 'floor') =>
      `${(median(runs.map((run) => run[side].perSecond)) / 1000).toFixed(1)}k rows/s`;
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
    await bench.client.db(given).dropDatabase();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};
