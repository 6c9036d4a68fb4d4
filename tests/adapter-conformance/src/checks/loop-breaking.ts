import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { channelV1 } from '@throughline/proto';
import type { Bench, Published } from '../bench';
import { eventually } from '../bench';

const opening = new Set([channelV1.MessageClass.NORMAL, channelV1.MessageClass.UNSPECIFIED]);

const opensConversation = ({ event }: Published): boolean =>
  event.payload?.$case === 'messageReceived' && opening.has(event.payload.value.messageClass);

const inbound = async (bench: Bench, kind: 'automatic' | 'own', rule: string): Promise<void> => {
  if (bench.driver.skips?.[kind]) return;
  const { events } = await bench.inject({ thread: `loop-${kind}`, n: 1, kind });
  assert.ok(!events.some(opensConversation), rule);
};

/** What a machine wrote and what we wrote ourselves is told as such; what we send automatically says so. */
export async function loopBreaking(bench: Bench): Promise<void> {
  await bench.start();
  const normal = await bench.inject({ thread: 'loop', n: 1 });
  const messages = normal.events.filter(({ event }) => event.payload?.$case === 'messageReceived');
  assert.ok(messages.every(opensConversation), 'what a person wrote is a normal message');
  await inbound(bench, 'automatic', 'an automatic message is told as automatic');
  await inbound(bench, 'own', 'our own message coming back is told as our own');
  if (bench.driver.skips?.['automatic-send']) return;
  const text = `thank-you-${randomUUID()}`;
  await bench.order({ messageId: randomUUID(), conversationId: randomUUID(), text, automatic: true });
  await eventually(async () => {
    const found = (await bench.driver.sent()).find((one) => one.text.includes(text));
    assert.ok(found, 'the automatic message is sent');
    assert.ok(found.automatic, 'an automatic message says outside that a machine wrote it');
  });
}
