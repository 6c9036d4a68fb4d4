import { strict as assert } from 'node:assert';
import type { Bench } from '../bench';

/** What is too large is refused for good or cut to fit, never put off for ever, and disturbs nobody. */
export async function sizeLimit(bench: Bench): Promise<void> {
  if (bench.driver.skips?.oversized) return;
  await bench.start();
  const large = await bench.inject({ thread: 'large', n: 1, kind: 'oversized' });
  assert.notEqual(large.answer, 'later', 'the sender of a too large event would send it for ever');
  for (const { bytes } of large.events)
    assert.ok(bytes <= 256 * 1024, `an event has at most 256 KiB, this one ${bytes}`);
  if (large.answer === 'accepted') assert.ok(large.events.length > 0, 'an accepted event is on the topic');
  const next = await bench.inject({ thread: 'large', n: 2 });
  assert.equal(next.answer, 'accepted', 'the next event passes');
  assert.ok(next.events.length > 0, 'the next event is on the topic');
}
