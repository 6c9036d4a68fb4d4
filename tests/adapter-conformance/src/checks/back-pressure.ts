import { strict as assert } from 'node:assert';
import type { Bench } from '../bench';
import { eventually } from '../bench';

/** Without Kafka an adapter says "later", never "accepted"; nothing it accepted is lost, and it recovers by itself. */
export async function backPressure(bench: Bench): Promise<void> {
  await bench.start();
  const accepted: string[] = [];
  const before = await bench.inject({ thread: 'pressure', n: 1 });
  assert.equal(before.answer, 'accepted');
  accepted.push(...before.events.map(({ event }) => event.eventKey));

  bench.line.cut();
  const during = await bench.inject({ thread: 'pressure', n: 2 });
  assert.equal(during.answer, 'later', 'an event that cannot be made durable is put off, not accepted and not refused');

  bench.line.mend();
  const after = await eventually(async () => {
    const again = await bench.inject({ thread: 'pressure', n: 2 });
    assert.equal(again.answer, 'accepted', 'the event passes when Kafka is back');
    return again;
  }, 90_000);
  const all = await bench.published();
  const keys = new Set(all.map(({ event }) => event.eventKey));
  for (const key of accepted) assert.ok(keys.has(key), 'what was accepted is on the topic');
  const late = all.filter(({ event }) => !accepted.includes(event.eventKey));
  assert.ok(late.length > 0, 'what was accepted after the outage is on the topic');
  assert.equal(
    new Set(late.map(({ event }) => event.eventKey)).size,
    new Set(after.events.map(({ event }) => event.eventKey)).size || 1,
    'attempts during and after the outage are one event',
  );
}
