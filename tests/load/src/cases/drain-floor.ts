import type { Verdict } from '../measure/check';
import { checkFloor } from '../measure/check';
import type { Bench } from '../measure/context';
import type { Drained } from '../measure/drain';
import { measureDrain } from '../measure/drain';
import { startFloor } from './parts';

/** F1 over the events of a topic, in a database of its own. */
export const drainFloor = async (
  bench: Bench,
  topic: string,
  events: number,
): Promise<Drained & { verdict: Verdict }> => {
  const run = bench.fresh();
  const child = startFloor(bench, { topic, group: run, db: run });
  try {
    const rows = bench.client.db(run).collection('rows');
    const drained = await measureDrain(bench, [child], rows, events, events);
    return { ...drained, verdict: await checkFloor(rows, events) };
  } finally {
    await child.stop();
    await bench.client.db(run).dropDatabase();
  }
};
