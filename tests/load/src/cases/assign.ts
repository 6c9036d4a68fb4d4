import type { Verdict } from '../measure/check';
import { clean } from '../measure/check';
import type { ServiceChild } from '../measure/children';
import { waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import type { Drained } from '../measure/drain';
import { measureDrain } from '../measure/drain';
import { interleave, pairName, ratioOf } from '../measure/pairs';
import { openedChats } from '../workload/opened';
import { createTopics, deleteTopics, preload } from '../workload/preload';
import { inParallel, ready } from '../workload/routing-client';
import { drainFloor } from './drain-floor';
import { drainLine } from './lines';
import { CONVERSATIONS, stopAll, topicsOf } from './parts';
import { checkOffers, clear, clientOf, setUp, startRouting } from './routing-parts';
import type { Case } from './types';

/** Agents of a run: 500 in full size. */
const agentsFor = (events: number): number => Math.min(500, Math.ceil(events / 40));

/** The service set up with free agents; then stopped, so that the contacts are there before it starts again. */
const assignOnce = async (bench: Bench, events: number): Promise<Drained & { verdict: Verdict }> => {
  const run = bench.fresh();
  const agents = agentsFor(events);
  const each = Math.ceil((events / agents) * 1.2);
  await createTopics(bench.brokers, topicsOf(`${run}.`));
  const children: ServiceChild[] = [];
  try {
    const first = await startRouting(bench, run);
    children.push(first);
    await waitReady(first);
    const client = clientOf(first);
    await setUp(client, agents, each);
    await inParallel(agents, (n) => ready(client, n));
    await first.stop();
    await preload(bench.brokers, `${run}.${CONVERSATIONS}`, openedChats(events));
    const second = await startRouting(bench, run);
    children.push(second);
    // Work is saved after the row that offers it is durable and on its way: the last one saved is the last one assigned.
    const rows = bench.client.db(`${run}r`).collection('work_items');
    const drained = await measureDrain(bench, [second], rows, events, events);
    await second.stop();
    return { ...drained, verdict: await checkOffers(bench, run, events, each) };
  } finally {
    await stopAll(children);
    await clear(bench, run);
  }
};

/** B5: contact opened → decided, durable and published, drained, ÷ F1. */
export const b5: Case = async (bench, options) => {
  const events = options.events ?? 20_000;
  const topic = `${bench.fresh()}.floor-in`;
  await createTopics(bench.brokers, [topic]);
  try {
    await preload(bench.brokers, topic, openedChats(events));
    const pairs = await interleave(
      options,
      () => assignOnce(bench, events),
      () => drainFloor(bench, topic, events),
      ({ ours, floor }, i) =>
        bench.say(
          `B5 ${pairName(i)}: ours ${ours.perSecond.toFixed(0)}/s, F1 ${floor.perSecond.toFixed(0)}/s, ${JSON.stringify(ours.verdict)}`,
        ),
    );
    const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
    const correct = pairs.every(({ ours, floor }) => clean(ours.verdict) && clean(floor.verdict));
    const what = `contact opened → assigned, durable and published, ${events} contacts, ${agentsFor(events)} agents, ÷ F1`;
    return { lines: [drainLine('B5', what, pairs, ratio, 0.5, correct)], detail: { events, pairs, ratio } };
  } finally {
    await deleteTopics(bench.brokers, [topic]);
  }
};
