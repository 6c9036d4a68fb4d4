import { readFileSync } from 'node:fs';
import { logOf, pause, startNode, waitReady } from '../measure/children';
import type { Bench } from '../measure/context';
import { interleave, median, pairName, ratioOf } from '../measure/pairs';
import { openedChats } from '../workload/opened';
import { createTopics, preload } from '../workload/preload';
import { spread } from './lines';
import { CONVERSATIONS, topicsOf } from './parts';
import { clear, clientOf, setUp, startRouting } from './routing-parts';
import type { Case } from './types';

interface Taken {
  ms: number;
  count: number;
}

/** How long a shard with work took, by the service's own log. */
const takeOnce = async (bench: Bench, run: string): Promise<Taken> => {
  const service = await startRouting(bench, run, 'info');
  try {
    await waitReady(service);
    const takings = readFileSync(logOf('routing'), 'utf8')
      .split('\n')
      .flatMap((line) =>
        line.includes('"tookMs"') ? [JSON.parse(line) as { tookMs: number; documents: number }] : [],
      );
    const most = takings.reduce((a, b) => (b.documents > a.documents ? b : a));
    return { ms: most.tookMs, count: most.documents };
  } finally {
    await service.stop();
  }
};

const scanOnce = async (bench: Bench, run: string): Promise<Taken> => {
  const child = startNode('floor-scan', 'tests/load/dist/floors/scan.js', {
    MONGO_URL: bench.mongoUrl,
    MONGO_DB: `${run}r`,
  });
  const taken = (await child.told()) as Taken;
  await child.done();
  return taken;
};

/** Take-over: until a shard with so many waiting contacts decides again, ÷ reading those documents. */
export const takeOver: Case = async (bench, options) => {
  const events = options.events ?? 100_000;
  const run = bench.fresh();
  await createTopics(bench.brokers, topicsOf(`${run}.`));
  try {
    const service = await startRouting(bench, run);
    try {
      await waitReady(service);
      await setUp(clientOf(service), 10, 1);
      await preload(bench.brokers, `${run}.${CONVERSATIONS}`, openedChats(events));
      const items = bench.client.db(`${run}r`).collection('work_items');
      while ((await items.estimatedDocumentCount()) < events) {
        if (service.exited()) throw new Error(service.exited());
        await pause(100);
      }
    } finally {
      await service.stop();
    }
    const pairs = await interleave(
      options,
      () => takeOnce(bench, run),
      () => scanOnce(bench, run),
      ({ ours, floor }, i) =>
        bench.say(`take-over ${pairName(i)}: ours ${ours.ms.toFixed(0)} ms, scan ${floor.ms.toFixed(0)} ms`),
    );
    const ratio = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.ms, floor: floor.ms })));
    const milliseconds = (runs: Taken[]) => `${median(runs.map(({ ms }) => ms)).toFixed(0)} ms`;
    return {
      lines: [
        {
          case: 'take-over',
          what: `a shard with ${events} waiting decides again ÷ reading them`,
          ours: milliseconds(pairs.map(({ ours }) => ours)),
          floor: milliseconds(pairs.map(({ floor }) => floor)),
          ratio: spread(ratio),
          goal: '≤ 1.3',
          met: ratio.median <= 1.3,
          correct: pairs.every(({ ours, floor }) => ours.count >= events && floor.count === events),
        },
      ],
      detail: { events, pairs, ratio },
    };
  } finally {
    await clear(bench, run);
  }
};
