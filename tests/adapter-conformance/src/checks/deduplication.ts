import { strict as assert } from 'node:assert';
import type { Bench, Published } from '../bench';

const keysOf = (events: readonly Published[]): Set<string> => new Set(events.map(({ event }) => event.eventKey));

/** The key is the same for the same event, however often and through whatever process it comes, and differs for every other. */
export async function deduplication(bench: Bench): Promise<void> {
  await bench.start();
  const first = await bench.inject({ thread: 'dedup', n: 1 });
  const second = await bench.inject({ thread: 'dedup', n: 2 });
  const other = await bench.inject({ thread: 'dedup-other', n: 1 });
  const known = [first, second, other].map(({ events }) => keysOf(events));
  const all = known.flatMap((keys) => [...keys]);
  assert.equal(new Set(all).size, all.length, 'different events have different event keys');

  for (let copy = 0; copy < 10; copy += 1) {
    const again = await bench.inject({ thread: 'dedup', n: 1 });
    assert.notEqual(again.answer, 'later', 'a repeated event is not put off');
    checkSame(again.events, first.events);
    if (copy === 5) {
      await bench.driver.stop();
      await bench.start();
    }
  }
  await Promise.all(Array.from({ length: 40 }, () => bench.driver.inject({ thread: 'dedup', n: 1 })));
  const everything = keysOf(await bench.published());
  assert.equal(everything.size, all.length, 'fifty deliveries of one event have one event key');
}

const checkSame = (again: readonly Published[], first: readonly Published[]): void => {
  for (const { event, attributes } of again) {
    const twin = first.find((one) => one.event.eventKey === event.eventKey);
    assert.ok(twin, 'a repeated event has the event key of its first delivery');
    assert.equal(event.threadKey, twin.event.threadKey, 'a repeated event has the thread key of its first delivery');
    assert.equal(attributes.id, twin.attributes.id, 'a repeated event has the id of its first delivery');
  }
};
