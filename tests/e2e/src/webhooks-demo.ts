import { eventually as eventuallyWithin } from '@throughline/testing';
import { openChat } from './world/chat';
import { bold, dim, step } from './world/print';
import type { Product } from './world/product';
import type { Taken } from './world/receiver';
import { startReceiver } from './world/receiver';
import { call } from './world/rest';

const eventually = <T>(what: string, look: () => T | Promise<T>) => eventuallyWithin(what, look, 60_000);
const numberOf = ({ eventId }: Taken): number => Number(eventId.split('/').at(-1));
const nameOf = ({ type }: Taken): string => type.split('.').at(-1) ?? type;

/** Facts at an integrator's address, signed and in order, although the receiver is away for a while. */
export async function webhooksDemo(product: Product, run: string): Promise<void> {
  console.log(bold('\nA webhook receiver of an integrator: away for a while, everything in order afterwards'));
  const receiver = await startReceiver(product);
  const made = await call(
    product,
    'POST',
    '/v1/webhook-endpoints',
    { url: product.receiver.url, description: `demo ${run}`, eventTypes: ['throughline.conversation.v1.*'] },
    { 'idempotency-key': `demo-hook-${run}` },
  );
  const path = `/v1/webhook-endpoints/${(made.webhookEndpoint as { id: string }).id}`;
  let chat: Awaited<ReturnType<typeof openChat>> | undefined;
  try {
    receiver.trust(String(made.secret));
    step(`An endpoint for all facts of conversations: ${product.receiver.url}, its secret is shown this once`);
    const test = await call(product, 'POST', `${path}:test`, {}, { 'idempotency-key': `demo-hook-test-${run}` });
    if (!test.delivered) throw new Error(`the test event was not delivered: ${JSON.stringify(test)}`);
    step('… a test event arrives, and its signature is right');

    chat = await openChat(product, { id: `wim-${run}`, name: 'Wim' });
    await chat.say('w1', 'Hello, where is my parcel?');
    const first = await eventually("Wim's first message at the receiver", () =>
      receiver.taken.find(({ type }) => type.endsWith('.MessageReceived')),
    );
    step('Wim writes in the chat; the receiver has it');
    receiver.goAway();
    for (const [i, text] of ['Number 4711.', 'It should have come on Monday.', 'Are you there?'].entries())
      await chat.say(`w${i + 2}`, text);
    await eventually('a failed attempt', () => receiver.counts.turnedAway > 0);
    step(`The receiver is away (503) while Wim goes on; ${receiver.counts.turnedAway} attempt(s) in vain`);
    receiver.comeBack();
    const ofWim = () => receiver.taken.filter(({ subject }) => subject === first.subject);
    const messages = () => ofWim().filter(({ type }) => type.endsWith('.MessageReceived')).length;
    await eventually('the other three messages', () => messages() === 4);
    const numbers = ofWim().map(numberOf);
    console.log(
      dim(
        `  ${ofWim()
          .map((one) => `${numberOf(one)} ${nameOf(one)}`)
          .join(' · ')}`,
      ),
    );
    const inOrder = numbers.every((number, i) => number === i + 1);
    const { forged, repeated } = receiver.counts;
    step(
      `It is back: ${numbers.length} facts, in order without a gap: ${inOrder}; forged ${forged}, repeated ${repeated}`,
    );
    if (!inOrder || forged > 0) throw new Error(`the receiver saw ${numbers.join(', ')}, ${forged} forged`);
    const list = await call(product, 'GET', `${path}/deliveries?pageSize=100`);
    const tried = (list.webhookDeliveries as { attemptCount?: number }[]).filter(
      ({ attemptCount = 0 }) => attemptCount > 1,
    );
    step(`GET ${path}/deliveries says which were tried again: ${tried.length}`);
  } finally {
    chat?.close();
    await call(product, 'DELETE', path);
    receiver.stop();
  }
}
