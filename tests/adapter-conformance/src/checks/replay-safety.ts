import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { channelV1 } from '@throughline/proto';
import type { Bench } from '../bench';
import { eventually } from '../bench';
import type { ExternalSend } from '../driver';

const countOf = (sent: readonly ExternalSend[], text: string): number =>
  sent.filter((one) => one.text.includes(text)).length;

const statesOf = async (bench: Bench, messageId: string): Promise<channelV1.DeliveryState[]> =>
  (await bench.published()).flatMap(({ event }) =>
    event.payload?.$case === 'deliveryStatusChanged' && event.payload.value.messageId === messageId
      ? [event.payload.value.state]
      : [],
  );

/** The same request any number of times, over a restart of the adapter, reaches the outside once. */
export async function replaySafety(bench: Bench): Promise<void> {
  await bench.start();
  // A send often needs a thread that began outside.
  await bench.inject({ thread: 'replay', n: 1 });
  const order = (marker: string) => ({
    messageId: randomUUID(),
    conversationId: randomUUID(),
    text: marker,
    automatic: false,
  });
  const first = order('once-please');
  await bench.order(first, 50);
  await eventually(async () => assert.ok(countOf(await bench.driver.sent(), first.text) > 0, 'the message is sent'));
  await bench.driver.stop();
  await bench.order(first, 5);
  await bench.start();
  const last = order('and-then-this');
  await bench.order({ ...last, conversationId: first.conversationId });
  await eventually(async () =>
    assert.ok(countOf(await bench.driver.sent(), last.text) > 0, 'sending goes on after a restart'),
  );
  assert.equal(
    countOf(await bench.driver.sent(), first.text),
    1,
    'fifty-five copies of one request reach the outside once',
  );
  if (!bench.driver.reportsDelivery) return;
  await eventually(async () => {
    const states = await statesOf(bench, first.messageId);
    assert.ok(states.length > 0, 'what became of the message is reported with its message_id');
    assert.ok(
      states.every((state) => state !== channelV1.DeliveryState.FAILED),
      'a repeated request does not turn a sent message into a failed one',
    );
  });
}
