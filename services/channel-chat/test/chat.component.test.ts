import type { IncomingEvent } from '@throughline/bus';
import { createBus, decodeMessage, encodeEvent } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, testScope } from '@throughline/testing';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { buildApp } from '../src/app';
import { loadConfig } from '../src/config';

const scope = testScope('chat');
const telemetry = noTelemetry();
const secrets = [
  { tenantId: 'acme', secret: 'a'.repeat(32) },
  { tenantId: 'other', secret: 'b'.repeat(32) },
];
const bus = createBus({ brokers: scope.kafkaBrokers, clientId: 'test', topicPrefix: scope.topicPrefix, telemetry });
let apps: Awaited<ReturnType<typeof buildApp>>[] = [];

const makeApp = async () => {
  const app = await buildApp(
    loadConfig({
      ...scope.env,
      CHAT_SECRETS: JSON.stringify(secrets),
    }),
    { telemetry },
  );
  await app.start();
  return app;
};
beforeAll(async () => {
  const names = ['channel.inbound.v1', 'channel.outbound.v1', 'channel-chat.dlq.v1'];
  await bus.admin.ensureTopics(names.map((name) => ({ name, partitions: 2 })));
  apps = [await makeApp(), await makeApp()];
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await bus.stop();
});

type Claims = { tenant?: string; secret?: string; exp?: number; alg?: string; [name: string]: unknown };
const token = (
  sub: string,
  {
    tenant = 'acme',
    secret = 'a'.repeat(32),
    exp = Math.floor(Date.now() / 1000) + 600,
    alg = 'HS256',
    ...claims
  }: Claims = {},
) =>
  new SignJWT({ tenant, ...claims })
    .setProtectedHeader({ alg })
    .setSubject(sub)
    .setExpirationTime(exp)
    .sign(Buffer.from(secret));
const url = (app: number, query: string) => `ws://127.0.0.1:${apps[app]!.ports.http}/chat/v1?${query}`;

type Frame = { type: string; [name: string]: unknown };
const open = async (
  sub: string,
  { app = 0, after = 0, claims = {} }: { app?: number; after?: number; claims?: Claims } = {},
) => {
  const socket = new WebSocket(url(app, `after=${after}&token=${await token(sub, claims)}`));
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as Frame));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const say = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const of = (type: string) => frames.filter((frame) => frame.type === type);
  return { socket, frames, say, of };
};
const refusal = async (query: string): Promise<{ status: number; reason: string }> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url(0, query));
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response
        .on('data', (chunk) => (body += chunk))
        .on('end', () =>
          resolve({ status: response.statusCode ?? 0, reason: (JSON.parse(body) as { reason: string }).reason }),
        );
    });
  });
const inbound = async (thread: string) => {
  const all: { event: IncomingEvent; inbound: channelV1.InboundEvent }[] = [];
  await bus.readTopic('channel.inbound.v1', ({ value, headers }) => {
    const event = decodeMessage({ value, headers });
    all.push({ event, inbound: channelV1.InboundEvent.decode(event.data) });
  });
  return all.filter((entry) => entry.inbound.threadKey === thread);
};
const reply = (thread: string, ids: string[], more: Partial<channelV1.MessageSendRequested> = {}) =>
  bus.producer.publish(
    ids.map((messageId) => {
      const request = channelV1.MessageSendRequested.fromPartial({
        messageId,
        conversationId: 'conv',
        channel: 'chat',
        threadKey: thread,
        text: `text ${messageId}`,
        requestedAt: new Date(),
        ...more,
      } as never);
      const data = channelV1.MessageSendRequested.encode(request).finish();
      const value = encodeEvent({
        id: `conv/${messageId}`,
        source: '/t',
        type: 'throughline.channel.v1.MessageSendRequested',
        subject: 'conv',
        time: new Date(),
        recordedAt: new Date(),
        tenantId: 'acme',
        channel: 'chat',
        data,
      });
      return { topic: 'channel.outbound.v1', key: 'acme/conv', value };
    }),
  );

test('messages are durable before they are acknowledged, in order, and repeats keep their key', async () => {
  const chat = await open('v1', { claims: { email: 'Ada@Example.org', phone: '+4930123456', name: 'Ada' } });
  for (const clientId of ['a', 'b', 'a', 'c', 'a']) chat.say({ type: 'message', clientId, text: `text ${clientId}` });
  await eventually('five acks', () => chat.of('ack').length === 5);
  const got = await inbound('v1');
  expect(got.map((entry) => entry.inbound.eventKey)).toEqual(['v1/a', 'v1/b', 'v1/a', 'v1/c', 'v1/a']);
  expect(new Set(got.map(({ event }) => event.id)).size).toBe(3);
  expect(got[0]!.inbound.identities.map(({ contactPoint }) => contactPoint?.value)).toEqual([
    'ada@example.org',
    '+4930123456',
  ]);
  expect(got[0]!.event).toMatchObject({ tenantId: 'acme', contactPoint: 'chat:v1', channel: 'chat' });
  chat.socket.close();
});

test('a reply reaches every open socket of the visitor, on any process, once, and is reported delivered', async () => {
  const [here, there] = [await open('v2', { app: 0 }), await open('v2', { app: 1 })];
  await reply('v2', ['m1', 'm2', 'm1', 'm1']);
  await eventually('both', () => here.of('message').length >= 2 && there.of('message').length >= 2);
  expect(here.of('message').map(({ id }) => id)).toEqual(['m1', 'm2']);
  here.say({ type: 'received', cursor: 2 });
  there.say({ type: 'received', cursor: 2 });
  const delivered = await eventually('two reports', async () => {
    const list = (await inbound('v2')).filter((entry) => entry.inbound.payload?.$case === 'deliveryStatusChanged');
    return new Set(list.map(({ event }) => event.id)).size === 2 ? list : undefined;
  });
  expect(new Set(delivered.map((entry) => entry.inbound.eventKey))).toEqual(new Set(['m1/delivered', 'm2/delivered']));
  here.socket.close();
  there.socket.close();
});

test('a visitor who comes back gets what was missed, each once', async () => {
  const first = await open('v3');
  await reply('v3', ['n1']);
  await eventually('n1', () => first.of('message').length === 1);
  first.socket.terminate();
  await reply('v3', ['n2', 'n3']);
  const second = await open('v3', { app: 1, after: 1 });
  await eventually('the rest', () => second.of('message').length === 2);
  await reply('v3', ['n4']);
  await eventually('n4', () => second.of('message').length === 3);
  expect(second.of('message').map(({ id }) => id)).toEqual(['n2', 'n3', 'n4']);
  second.socket.close();
});

describe('a question in the chat', () => {
  const questionId = 'ask_1b2c';
  const question = {
    questionId,
    text: 'How was it?',
    language: 'en-GB',
    lowest: 1,
    highest: 5,
    lowestMeans: 'bad',
    highestMeans: 'good',
    thanks: 'Thanks.',
  };
  const said = async (thread: string) =>
    (await inbound(thread))
      .filter((one, at, all) => all.findIndex(({ event }) => event.id === one.event.id) === at)
      .map((entry) => entry.inbound.payload)
      .filter((payload) => payload?.$case !== 'deliveryStatusChanged');

  test('is shown with its values, and a value that is chosen is no message', async () => {
    const chat = await open('asked');
    await reply('asked', ['q1'], { question });
    const [shown] = await eventually('the question', () => chat.of('message').length === 1 && chat.of('message'));
    expect(shown).toMatchObject({ question });
    chat.say({ type: 'answer', clientId: 'a1', questionId, value: 4 });
    chat.say({ type: 'answer', clientId: 'a1', questionId, value: 4 });
    await eventually('the acks', () => chat.of('ack').length === 2);
    expect(await said('asked')).toEqual([{ $case: 'questionAnswered', value: { questionId, value: 4 } }]);
    chat.socket.close();
  });

  test('a number alone that is written answers it once; anything else is a message', async () => {
    const chat = await open('writes');
    const say = async (clientId: string, text: string) => {
      chat.say({ type: 'message', clientId, text });
      await eventually(clientId, () => chat.of('ack').some((ack) => ack['clientId'] === clientId));
    };
    await reply('writes', ['q2'], { question: { ...question, questionId: 'ask_2' } });
    await eventually('the question', () => chat.of('message').length === 1);
    await say('w1', '7');
    await say('w2', ' 3 ');
    // The line broke before the page heard of it: still the same answer.
    await say('w2', ' 3 ');
    await say('w3', '4');
    expect(
      (await said('writes')).map((payload) => [payload!.$case, (payload!.value as { text?: string }).text]),
    ).toEqual([
      ['messageReceived', '7'],
      ['questionAnswered', undefined],
      ['messageReceived', '4'],
    ]);
    chat.socket.close();
  });

  test.each([
    ['one that was asked of somebody else', { questionId: 'ask_3', value: 4 }, 'QUESTION_UNKNOWN'],
    ['no question of ours', { questionId: '<script>', value: 4 }, 'QUESTION_UNKNOWN'],
    ['a value beyond its scale', { questionId: 'ask_4', value: 6 }, 'VALUE_OUT_OF_SCALE'],
    ['half a value', { questionId: 'ask_4', value: 1.5 }, 'VALUE_OUT_OF_SCALE'],
  ])('%s is refused', async (_, frame, reason) => {
    const chat = await open('other');
    await reply('somebody', ['q3'], { question: { ...question, questionId: 'ask_3' } });
    await reply('other', ['q4'], { question: { ...question, questionId: 'ask_4' } });
    await eventually('the question', () => chat.of('message').length > 0);
    chat.say({ type: 'answer', clientId: 'b', ...frame });
    await eventually('the refusal', () => chat.of('error').some((error) => error['reason'] === reason));
    expect(await said('other')).toEqual([]);
    chat.socket.close();
  });
});

test.each<[string, () => Promise<string>, string]>([
  ['no token', async () => '', 'TOKEN_MALFORMED'],
  ['garbage', async () => 'token=abc', 'TOKEN_MALFORMED'],
  ['an expired token', async () => `token=${await token('v', { exp: 1_700_000_000 })}`, 'TOKEN_EXPIRED'],
  ["another tenant's secret", async () => `token=${await token('v', { secret: 'b'.repeat(32) })}`, 'TOKEN_INVALID'],
  ['an unknown tenant', async () => `token=${await token('v', { tenant: 'nobody' })}`, 'TOKEN_INVALID'],
  [
    'another algorithm',
    async () => `token=${await token('v', { alg: 'HS512', secret: 'a'.repeat(64) })}`,
    'TOKEN_INVALID',
  ],
  [
    'alg none',
    async () =>
      `token=${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"tenant":"acme","sub":"v","exp":9999999999}').toString('base64url')}.`,
    'TOKEN_INVALID',
  ],
  [
    'a token for years',
    async () => `token=${await token('v', { exp: Math.floor(Date.now() / 1000) + 90 * 86_400 })}`,
    'TOKEN_LIVES_TOO_LONG',
  ],
])('%s is refused at the door', async (_, query, reason) => {
  expect(await refusal(await query())).toEqual({ status: 401, reason });
});

test('bad frames get named errors and the chat goes on', async () => {
  const chat = await open('v4');
  const bad: [unknown, string][] = [
    ['{', 'FRAME_MALFORMED'],
    ['[]', 'FRAME_MALFORMED'],
    [{ type: 'dance' }, 'TYPE_UNKNOWN'],
    [{ type: 'message', clientId: 'x' }, 'TEXT_REQUIRED'],
    [{ type: 'message', clientId: { $ne: null }, text: 'x' }, 'CLIENT_ID_INVALID'],
    [{ type: 'message', clientId: 'x', text: 'y'.repeat(10_001) }, 'TEXT_TOO_LONG'],
    ['{"type":"message","clientId":"x","text":"a\\ud800"}', 'TEXT_MALFORMED'],
    [{ type: 'received', cursor: -1 }, 'CURSOR_INVALID'],
  ];
  for (const [frame] of bad) chat.say(frame);
  await eventually('all errors', () => chat.of('error').length === bad.length);
  expect(chat.of('error').map(({ reason }) => reason)).toEqual(bad.map(([, reason]) => reason));
  chat.say({ type: 'message', clientId: 'ok', text: 'still here' });
  await eventually('ack', () => chat.of('ack').length === 1);
  chat.socket.close();
});

test('a flood is slowed with an error that names the message, and an oversized frame closes only its socket', async () => {
  const chat = await open('v5');
  for (let i = 0; i < 60; i++) chat.say({ type: 'message', clientId: `f${i}`, text: 'x' });
  await eventually('an answer to each', () => chat.of('ack').length + chat.of('error').length === 60);
  expect(
    chat.of('error').every(({ reason, clientId }) => reason === 'RATE_LIMITED' && typeof clientId === 'string'),
  ).toBe(true);
  expect(chat.of('ack').length).toBeGreaterThanOrEqual(20);
  expect((await inbound('v5')).length).toBe(chat.of('ack').length);
  const closed = new Promise((resolve) => chat.socket.once('close', resolve));
  chat.say('x'.repeat(70_000));
  expect(await closed).toBe(1009);
  const next = await open('v5');
  next.socket.close();
});

test('a visitor nobody vouches for gets a token that proves nothing', async () => {
  const base = `http://127.0.0.1:${apps[0]!.ports.http}`;
  const answer = (await (await fetch(`${base}/chat/v1/sessions?tenant=acme`, { method: 'POST' })).json()) as {
    token: string;
  };
  const socket = new WebSocket(url(0, `token=${answer.token}`));
  await new Promise((resolve) => socket.once('open', resolve));
  socket.close();
  expect((await fetch(`${base}/chat/v1/sessions?tenant=nobody`, { method: 'POST' })).status).toBe(404);
  expect((await (await fetch(`${base}/widget.js`)).text()).length).toBeLessThan(20_000);
});
