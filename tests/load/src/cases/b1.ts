import type { Verdict } from '../measure/check';
import { checkTimeline, clean } from '../measure/check';
import type { Bench } from '../measure/context';
import type { Drained } from '../measure/drain';
import { cpuText, measureDrain } from '../measure/drain';
import { interleave, pairName, ratioOf } from '../measure/pairs';
import { conversationEvents, conversationIdOf, customerAt } from '../workload/conversation-events';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { drainFloor } from './drain-floor';
import { drainLine } from './lines';
import { CONVERSATIONS, openAdmin, startJourney, topicsOf } from './parts';
import type { Case, CaseOptions } from './types';

type Run = Drained & { verdict: Verdict };

const oursOnce = async (bench: Bench, prefix: string, events: number, customers: number): Promise<Run> => {
  const db = `${bench.fresh()}j`;
  await openAdmin(bench, prefix).resetOffsets('journey', topicsOf(''));
  const service = await startJourney(bench, prefix, db);
  try {
    const rows = bench.client.db(db).collection('timeline');
    const drained = await measureDrain(bench, [service], rows, events, events);
    const highest = new Map<string, number>();
    for (let turn = 0; turn < Math.min(customers, events); turn++) {
      const id = conversationIdOf(customerAt(turn, customers));
      highest.set(id, Math.floor((events - 1 - turn) / customers) + 1);
    }
    return { ...drained, verdict: await checkTimeline(rows, highest) };
  } finally {
    await service.stop();
    await bench.client.db(db).dropDatabase();
  }
};

const drainCase =
  (name: string, customers: number, goal: number): Case =>
  async (bench, options: CaseOptions) => {
    const events = options.events ?? 1_000_000;
    const prefix = `${bench.fresh()}.`;
    await createTopics(bench.brokers, topicsOf(prefix));
    try {
      await preload(bench.brokers, prefix + CONVERSATIONS, conversationEvents(events, customers));
      const pairs = await interleave(
        options,
        () => oursOnce(bench, prefix, events, customers),
        () => drainFloor(bench, prefix + CONVERSATIONS, events),
        ({ ours, floor }, i) =>
          bench.say(
            `${name} ${pairName(i)}: ours ${ours.perSecond.toFixed(0)}/s, F1 ${floor.perSecond.toFixed(0)}/s, ratio ${(ours.perSecond / floor.perSecond).toFixed(2)}, CPU s per million ${cpuText(ours)} / ${cpuText(floor)}`,
          ),
      );
      const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
      const correct = pairs.every(({ ours, floor }) => clean(ours.verdict) && clean(floor.verdict));
      const what = `journey drain, ${events} events, ${customers} customers, events/s ÷ F1`;
      return {
        lines: [drainLine(name, what, pairs, ratio, goal, correct)],
        detail: { events, customers, pairs, ratio },
      };
    } finally {
      await deleteTopics(bench.brokers, topicsOf(prefix));
    }
  };

export const b1 = drainCase('B1', 100_000, 0.9);
export const b1h = drainCase('B1h', 1_000, 0.95);
