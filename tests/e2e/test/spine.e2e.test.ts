import { eventually } from '@throughline/testing';
import { decodeJwt } from 'jose';
import { findBrowser, openBrowser } from '../src/world/browser';
import { openChat } from '../src/world/chat';
import { deadlines } from '../src/world/deadlines';
import { readTimelineOverGrpc } from '../src/world/grpc';
import { mailsTo, sendMail } from '../src/world/mail';
import type { Product } from '../src/world/product';
import { call, openStream } from '../src/world/rest';
import type { Running } from '../src/world/run';
import { startProduct } from '../src/world/run';
import { customerOf, readTimeline } from '../src/world/timeline';
import { postCallEvent } from '../src/world/voice';

let running: Running;
let product: Product;
beforeAll(async () => {
  running = await startProduct('e2e');
  product = running.product;
}, 150_000);
afterAll(() => running?.stop(), 60_000);

test('a call, a chat and a mail of one person are one timeline, live, over REST and gRPC', async () => {
  const phone = '+493012340001';
  const email = 'ada@example.org';
  const params = { CallSid: 'CA1', From: phone, To: '+493012345678', Direction: 'inbound' };
  for (const [i, step] of ['incoming', 'queued', 'answered', 'ended'].entries()) {
    await Promise.all(
      Array.from({ length: 5 }, () => postCallEvent(product, step, { ...params, SequenceNumber: String(i) })),
    );
  }
  const chat = await openChat(product, { id: 'visitor-1', name: 'Ada', email, phone });
  await chat.say('m1', 'I called a minute ago');
  await Promise.all(Array.from({ length: 10 }, () => chat.say('m2', 'about order 1042')));
  chat.close();
  const customer = await eventually('three contact points on one customer', async () => {
    const found = await customerOf(product, 'EMAIL', email);
    return found && found.contactPoints.length === 3 ? found : undefined;
  });
  const stream = await openStream(product, `/v1/customers/${customer.id}/timeline:watch`);
  const mail = {
    from: `Ada <${email}>`,
    subject: 'Order 1042',
    text: 'A photo follows.',
    messageId: '<one@example.org>',
  };
  for (let i = 0; i < 10; i++) await sendMail(product, mail);
  const live = await eventually('the mail on the live stream', () =>
    stream.events.find((event) => JSON.stringify(event.data).includes('A photo follows')),
  );
  expect(live.id).not.toBe('');
  await stream.close();

  const entries = await readTimeline(product, customer.id);
  const of = (channel: string, type: string) =>
    entries.filter((entry) => entry.channel === channel && entry.type.endsWith(type));
  expect(of('voice', 'CallProgressed').map((entry) => entry.summary)).toHaveLength(4);
  expect(of('chat', 'MessageReceived')).toHaveLength(2);
  expect(of('email', 'MessageReceived')).toHaveLength(1);
  const cursors = entries.map((entry) => entry.cursor);
  expect(cursors).toEqual([...cursors].sort());
  const overGrpc = await readTimelineOverGrpc(product, customer.id);
  expect(overGrpc.slice(0, entries.length).map((entry) => entry.eventId)).toEqual(
    entries.map((entry) => entry.eventId),
  );
}, 90_000);

test('a reply goes out with threading headers and its answer joins; facing auto-responders stop', async () => {
  const email = 'robot@example.net';
  await sendMail(product, { from: email, subject: 'Help', text: 'first question' });
  const customer = await eventually('the customer', () => customerOf(product, 'EMAIL', email));
  const conversation = await eventually('the conversation', async () => {
    const list = await call(product, 'GET', `/v1/conversations?customerId=${customer.id}`);
    return (list.conversations as { id: string }[] | undefined)?.[0];
  });
  const path = `/v1/conversations/${conversation.id}/messages`;
  const body = { text: 'our answer' };
  const same = await Promise.all(
    [1, 2, 3].map(() => call(product, 'POST', path, body, { 'idempotency-key': 'reply-1' })),
  );
  expect(new Set(same.map((answer) => (answer.message as { id: string }).id)).size).toBe(1);
  const reply = await eventually('the reply', async () =>
    (await mailsTo(product, email)).find((mail) => mail.text?.includes('our answer')),
  );
  await sendMail(product, {
    from: email,
    subject: 'Re: Help',
    text: 'joined answer',
    inReplyTo: reply.messageId ?? '',
    references: [reply.messageId ?? ''],
  });
  await eventually('the answer in the conversation', async () => {
    const list = await call(product, 'GET', path);
    return (list.messages as { text: string }[]).some((message) => message.text.includes('joined answer'));
  });
  // A responder that answers everything at once and marks nothing: the worst neighbour there is.
  let answered = 0;
  for (let quiet = 0; quiet < 30; quiet++) {
    const mails = await mailsTo(product, email);
    for (const mail of mails.slice(answered)) {
      quiet = 0;
      answered++;
      await sendMail(product, {
        from: email,
        subject: `Re: ${mail.subject}`,
        text: 'I am away.',
        inReplyTo: mail.messageId ?? '',
      });
      expect(answered).toBeLessThan(10);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect((await mailsTo(product, email)).length).toBeLessThanOrEqual(1 + 3);
}, 90_000);

test('a mail starts clocks, a reply pauses them, a late one is explained; promises are kept and broken', async () => {
  const { missing, explanation } = await deadlines(product, 'e2e', () => undefined);
  expect(missing).toEqual([]);
  expect(explanation.steps.map(({ text }) => text.split(/[ :.]/)[0])).toEqual(['Started', 'Warned', 'Breached']);
}, 120_000);

// Said loudly when it is left out: without a browser nobody saw the buttons.
const browserProgram = findBrowser();
const inBrowser = browserProgram ? test : test.skip;

inBrowser(
  'the chat widget asks after a solved conversation, and its values are chosen by keyboard and by hand',
  async () => {
    const surveyId = 'widget';
    const questions = [{ id: 'csat', kind: 'QUESTION_KIND_CSAT_10', required: true }];
    const conditions = [{ field: 'topic', anyOf: [surveyId] }];
    const content = { name: 'Widget', conditions, questions, delaySeconds: 1 };
    await call(product, 'POST', '/v1/surveys', { surveyId, content });
    // A service that read the surveys just before keeps them for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const browser = await openBrowser(browserProgram!);
    try {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      await page.goto(`${product.chat.url.replace(/^ws/, 'http')}/demo`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.keyboard.type('Where is my invoice? <b onclick="alert(1)">');
      await page.keyboard.press('Enter');
      const visitor = await eventually('the token of the visitor', async () => {
        const { origins } = await page.context().storageState();
        const { token = '' } = JSON.parse(origins[0]?.localStorage[0]?.value ?? '{}') as { token?: string };
        return token && decodeJwt(token).sub;
      });
      const customer = await eventually('the visitor', () => customerOf(product, 'CHAT', visitor));
      const conversation = await eventually('the conversation', async () => {
        const list = await call(product, 'GET', `/v1/conversations?customerId=${customer.id}`);
        return (list.conversations as { id: string }[] | undefined)?.[0];
      });
      const path = `/v1/conversations/${conversation.id}`;
      await call(product, 'PATCH', path, { topic: surveyId, updateMask: 'topic' });
      await call(product, 'POST', `${path}/messages`, { text: 'It is in the mail.' });
      await call(product, 'POST', `${path}:solve`, { reason: 'answered' });

      // Found by role and name, as a screen reader does.
      const group = page.getByRole('group', { name: 'How satisfied were you with this interaction?' });
      await group.waitFor({ timeout: 30_000 });
      const names: (string | null)[] = [];
      for (const one of await group.getByRole('button').all())
        names.push((await one.getAttribute('aria-label')) ?? (await one.textContent()));
      const between = ['2', '3', '4', '5', '6', '7', '8', '9'];
      expect(names).toEqual(['1, very dissatisfied', ...between, '10, very satisfied']);
      // The whole survey is one press away, and its address does not fill the chat.
      const link = page.getByRole('link');
      expect(await link.getAttribute('href')).toMatch(/^http:\/\/[^/]+\/s\/[\w-]+$/);
      expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
      expect(await link.textContent()).toMatch(/^[\w.:]+\/…$/);
      expect(await group.getAttribute('lang')).toBe('en-GB');
      const thanks = group.getByText('Your answer is recorded.');
      const pressed = () => group.getByRole('button', { pressed: true }).allTextContents();
      const answered = async (value: number) => {
        const list = await call(product, 'GET', `/v1/survey-invitations?surveyId=${surveyId}`);
        type Answered = { answer?: { via: string; values: { number?: number }[] } };
        const all = (list.invitations ?? []) as Answered[];
        return all.length === 1 && all[0]!.answer?.values[0]?.number === value && all[0]!.answer.via;
      };
      const inFocus = () => page.evaluate<string>('document.activeElement.shadowRoot.activeElement.textContent');

      // From where one writes, back to the last value.
      await page.keyboard.press('Shift+Tab');
      expect(await inFocus()).toBe('10');
      await page.keyboard.press('Space');
      await thanks.waitFor();
      expect(await pressed()).toEqual(['10']);
      // Whoever presses by keyboard stays where they are.
      expect(await inFocus()).toBe('10');
      expect(await eventually('the answer', () => answered(10))).toBe('chat');

      await group.getByRole('button', { name: '4', exact: true }).click();
      await eventually('the other answer', () => answered(4));
      await thanks.waitFor();
      expect(await pressed()).toEqual(['4']);
      const score = async () =>
        (await call(product, 'GET', `/v1/scores?kind=QUESTION_KIND_CSAT_10&surveyId=${surveyId}`))['total'] as {
          n: string;
          distribution: Record<string, string>;
        };
      await eventually('the score', async () => {
        const { n, distribution } = await score();
        return n === '1' && distribution['4'] === '1';
      });

      // It is all there after a reload, and nothing of it was run.
      await page.reload();
      await page.getByRole('button', { name: 'Chat with us' }).click();
      expect(await pressed()).toEqual(['4']);
      // In sight, not below what is shown.
      const [box, log] = [(await group.boundingBox())!, (await page.getByRole('log').boundingBox())!];
      expect(box.y).toBeGreaterThanOrEqual(log.y);
      expect(box.y + box.height).toBeLessThanOrEqual(log.y + log.height);
      expect(await page.getByText('<b onclick="alert(1)">').isVisible()).toBe(true);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  },
  90_000,
);
