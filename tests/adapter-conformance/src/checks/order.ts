import { strict as assert } from 'node:assert';
import type { Bench, Published } from '../bench';

/** One thread has one key, and its events stand on one partition in the order in which they happened. */
export async function order(bench: Bench): Promise<void> {
  await bench.start();
  const threads = ['order-a', 'order-b', 'order-c'];
  const seen = new Map<string, Published[]>();
  for (let n = 1; n <= 6; n += 1) {
    for (const thread of threads) {
      const { answer, events } = await bench.inject({ thread, n });
      assert.equal(answer, 'accepted');
      assert.ok(events.length >= 1, `event ${n} of ${thread} is on the topic by the time of the answer`);
      seen.set(thread, [...(seen.get(thread) ?? []), ...events]);
    }
  }
  for (const [thread, events] of seen) {
    assert.equal(new Set(events.map(({ event }) => event.threadKey)).size, 1, `${thread} has one thread key`);
    assert.equal(new Set(events.map(({ partition }) => partition)).size, 1, `${thread} stays on one partition`);
    const offsets = events.map(({ offset }) => offset);
    assert.deepEqual(
      offsets,
      [...offsets].sort((a, b) => a - b),
      `${thread} keeps its order`,
    );
    const times = events.map(({ event }) => event.occurredAt!.getTime());
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
      `occurred_at of ${thread} does not run backwards`,
    );
  }
  const keys = [...seen.values()].map(([first]) => first!.event.threadKey);
  assert.equal(new Set(keys).size, threads.length, 'different threads have different thread keys');
}
