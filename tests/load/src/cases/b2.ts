import { decodeMessage } from '@throughline/bus';
import type { mongo } from 'mongoose';
import type { Verdict } from '../measure/check';
import { checkFloor, checkTimeline, clean } from '../measure/check';
import type { Manner, ServiceChild } from '../measure/children';
import { pause } from '../measure/children';
import type { Bench } from '../measure/context';
import type { Drained } from '../measure/drain';
import { cpuText, measureDrain } from '../measure/drain';
import { checkMarkers } from '../measure/markers';
import { interleave, pairName, ratioOf } from '../measure/pairs';
import type { Preloaded } from '../workload/channel-mix';
import { channelMix } from '../workload/channel-mix';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { drainLine } from './lines';
import {
  CONVERSATIONS,
  INBOUND,
  openAdmin,
  startConversation,
  startFloor,
  startJourney,
  stopAll,
  topicsOf,
  waitJoined,
  waitReady,
} from './parts';
import type { Case } from './types';

export type Run = Drained & { verdict: Verdict };

/** What the conversation service said, by ids: read from its topic, so that the timeline is checked against another source. */
const published = async (bench: Bench, prefix: string): Promise<{ rows: number; highest: Map<string, number> }> => {
  const highest = new Map<string, number>();
  const ids = new Set<string>();
  await openAdmin(bench, prefix).readTopic(CONVERSATIONS, (message) => {
    const { id } = decodeMessage(message);
    ids.add(id);
    const slash = id.lastIndexOf('/');
    const seq = Number(id.slice(slash + 1));
    if (seq > (highest.get(id.slice(0, slash)) ?? 0)) highest.set(id.slice(0, slash), seq);
  });
  return { rows: ids.size, highest };
};

const learn = async (bench: Bench, prefix: string): Promise<number> => {
  const admin = openAdmin(bench, prefix);
  while ((await admin.lag('conversation', [INBOUND])) > 0) await pause(200);
  return (await published(bench, prefix)).rows;
};

/** Checks a timeline against what was sent and against what the conversation service said of it. */
export const checkOurs = async (
  bench: Bench,
  prefix: string,
  rows: mongo.Collection,
  events: number,
): Promise<Verdict> => {
  const { highest } = await published(bench, prefix);
  const verdict = await checkTimeline(rows, highest);
  const markers = await checkMarkers(rows, channelMix(events));
  return {
    missing: verdict.missing + markers.missing,
    doubled: verdict.doubled + markers.doubled,
    reordered: verdict.reordered + markers.reordered,
    unknown: verdict.unknown + markers.unknown,
  };
};

/**
 * Ours, on topics of its own. `rowsKnown` is what the same workload came to before; the first run learns it. `beside` starts what goes on
 * while the services work, and gives what ends it.
 */
export const runOurs = async (
  bench: Bench,
  events: number,
  rowsKnown: { rows: number },
  mannerOf: (service: string) => Manner = () => ({}),
  workload: () => Iterable<Preloaded> = () => channelMix(events),
  beside: (services: ServiceChild[]) => () => Promise<void> = () => async () => undefined,
): Promise<Run> => {
  const run = bench.fresh();
  const prefix = `${run}.`;
  await createTopics(bench.brokers, topicsOf(prefix));
  await preload(bench.brokers, prefix + INBOUND, workload());
  const journey = await startJourney(bench, prefix, `${run}j`, mannerOf('journey'));
  const children = [journey];
  try {
    await waitReady(journey);
    const conversation = await startConversation(bench, prefix, `${run}c`, mannerOf('conversation'));
    children.push(conversation);
    const rows = bench.client.db(`${run}j`).collection('timeline');
    const end = beside(children);
    const drain = async () => {
      if (rowsKnown.rows === 0) rowsKnown.rows = await learn(bench, prefix);
      return measureDrain(bench, children, rows, rowsKnown.rows, events);
    };
    const drained = await drain().finally(end);
    return { ...drained, verdict: await checkOurs(bench, prefix, rows, events) };
  } finally {
    await stopAll(children);
    await Promise.all([`${run}j`, `${run}c`].map((db) => bench.client.db(db).dropDatabase()));
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};

export const runFloor = async (bench: Bench, inbound: string, events: number): Promise<Run> => {
  const run = bench.fresh();
  const out = `${run}.floor-out`;
  await createTopics(bench.brokers, [out]);
  const second = startFloor(bench, { topic: out, group: `${run}b`, db: `${run}b` });
  // Ours is measured with the second hop waiting as well.
  await waitJoined(bench, `${run}b`);
  const first = startFloor(bench, { topic: inbound, group: `${run}a`, db: `${run}a`, out });
  try {
    const rows = bench.client.db(`${run}b`).collection('rows');
    const drained = await measureDrain(bench, [first, second], rows, events, events);
    return { ...drained, verdict: await checkFloor(rows, events) };
  } finally {
    await stopAll([first, second]);
    await Promise.all([`${run}a`, `${run}b`].map((db) => bench.client.db(db).dropDatabase()));
    await deleteTopics(bench.brokers, [out]);
  }
};

export const b2: Case = async (bench, options) => {
  const events = options.events ?? 500_000;
  const inbound = `${bench.fresh()}.floor-in`;
  await createTopics(bench.brokers, [inbound]);
  try {
    await preload(bench.brokers, inbound, channelMix(events));
    const known = { rows: 0 };
    const pairs = await interleave(
      options,
      () => runOurs(bench, events, known),
      () => runFloor(bench, inbound, events),
      ({ ours, floor }, i) =>
        bench.say(
          `B2 ${pairName(i)}: ours ${ours.perSecond.toFixed(0)}/s (${known.rows} rows), F2 ${floor.perSecond.toFixed(0)}/s, ratio ${(ours.perSecond / floor.perSecond).toFixed(2)}, CPU s per million ${cpuText(ours)} / ${cpuText(floor)}, ${JSON.stringify(ours.verdict)}`,
        ),
    );
    const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
    const correct = pairs.every(({ ours, floor }) => clean(ours.verdict) && clean(floor.verdict));
    const what = `channel event → conversation → timeline, ${events} events, telemetry on, events/s ÷ F2`;
    return {
      lines: [drainLine('B2', what, pairs, ratio, 0.7, correct)],
      detail: { events, rows: known.rows, pairs, ratio },
    };
  } finally {
    await deleteTopics(bench.brokers, [inbound]);
  }
};
