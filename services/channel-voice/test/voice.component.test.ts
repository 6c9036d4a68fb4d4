import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IncomingEvent } from '@throughline/bus';
import { createBus, decodeMessage, encodeEvent } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, testScope } from '@throughline/testing';
import { buildApp } from '../src/app';
import { loadConfig } from '../src/config';
import { signatureOf } from '../src/domain/signature';

const scope = testScope('voice');
const telemetry = noTelemetry();
const posted: { path: string; body: string; token: string | undefined }[] = [];
const provider = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    posted.push({ path: request.url ?? '', body, token: request.headers['i-twilio-idempotency-token'] as string });
    response.writeHead(body.includes('gone') || request.url?.includes('gone') ? 404 : 200).end('{}');
  });
});
const bus = createBus({ brokers: scope.kafkaBrokers, clientId: 'test', topicPrefix: scope.topicPrefix, telemetry });
const publicUrl = 'https://voice.acme.example';
const account = { path: 'account-one', tenantId: 'acme', authToken: 'secret-of-acme-00', publicUrl };
const other = { path: 'account-two', tenantId: 'other', authToken: 'secret-of-other-0', publicUrl };
let app: Awaited<ReturnType<typeof buildApp>>;
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const providerUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const names = ['channel.inbound.v1', 'channel.outbound.v1', 'channel-voice.dlq.v1'];
  await bus.admin.ensureTopics(names.map((name) => ({ name, partitions: 2 })));
  app = await buildApp(
    loadConfig({
      ...scope.env,
      VOICE_ACCOUNTS: JSON.stringify([{ ...account, providerUrl }, other]),
    }),
    { telemetry },
  );
  await app.start();
  base = `http://127.0.0.1:${app.ports.http}`;
});
afterAll(async () => {
  await app.stop();
  await bus.stop();
  provider.close();
});

type Post = {
  step?: string;
  params?: Record<string, string>;
  path?: string;
  secret?: string;
  signature?: string;
  headers?: Record<string, string>;
  query?: string;
};
const call = (sid: string, more = {}) => ({
  CallSid: sid,
  From: '+493012345678',
  To: '+4930999',
  CallStatus: 'ringing',
  ...more,
});
const post = ({
  step = 'incoming',
  params = call('CA0'),
  path = account.path,
  secret = account.authToken,
  signature,
  headers = {},
  query = '',
}: Post) => {
  const url = `/voice/${path}/${step}${query}`;
  return fetch(base + url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature ?? signatureOf(secret, publicUrl + url, Object.entries(params)),
      ...headers,
    },
    body: new URLSearchParams(params).toString(),
  });
};
const stored = async (): Promise<{ event: IncomingEvent; inbound: channelV1.InboundEvent; key: string }[]> => {
  const all: { event: IncomingEvent; inbound: channelV1.InboundEvent; key: string }[] = [];
  await bus.readTopic('channel.inbound.v1', ({ value, headers, key }) => {
    const event = decodeMessage({ value, headers });
    all.push({ event, inbound: channelV1.InboundEvent.decode(event.data), key: String(key) });
  });
  return all;
};

test('a whole call: signed webhooks become ordered events of one thread, with instructions as answers', async () => {
  const steps = ['incoming', 'queued', 'answered', 'hold', 'resumed', 'recording', 'keypad', 'ended'];
  const answers: string[] = [];
  for (const [i, step] of steps.entries()) {
    const params = call('CAwhole', {
      SequenceNumber: String(i),
      QueueName: 'support',
      QueuePosition: '3',
      RecordingStatus: 'paused',
      Digits: '42#',
      CallDuration: '93',
    });
    const response = await post({ step, params });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/xml');
    answers.push(await response.text());
  }
  expect(answers[0]).toContain('<Enqueue>support</Enqueue>');
  expect(answers[1]).toContain('You are number 3 in line');
  const mine = (await stored()).filter(({ inbound }) => inbound.threadKey === 'CAwhole');
  expect(mine.map(({ inbound }) => inbound.payload?.$case)).toEqual([
    'callStarted',
    'callQueued',
    'callAnswered',
    'callHeld',
    'callResumed',
    'recordingChanged',
    'keysPressed',
    'callEnded',
  ]);
  expect(new Set(mine.map(({ key }) => key))).toEqual(new Set(['acme/voice/CAwhole']));
  expect(mine[0]!.event).toMatchObject({ tenantId: 'acme', contactPoint: 'phone:+493012345678', channel: 'voice' });
});

test('the same webhook fifty times is one event key and one event id', async () => {
  await Promise.all(Array.from({ length: 50 }, () => post({ params: call('CAagain') })));
  const mine = (await stored()).filter(({ inbound }) => inbound.threadKey === 'CAagain');
  expect(new Set(mine.map(({ inbound }) => inbound.eventKey)).size).toBe(1);
  expect(new Set(mine.map(({ event }) => event.id)).size).toBe(1);
});

test.each<[string, Post, number]>([
  [
    'a flipped bit',
    {
      signature: `A${signatureOf(account.authToken, `${publicUrl}/voice/${account.path}/incoming`, Object.entries(call('CAbad'))).slice(1)}`,
    },
    403,
  ],
  ['no signature', { signature: '' }, 403],
  ["another tenant's secret", { secret: other.authToken }, 403],
  ['an unknown account', { path: 'account-none' }, 403],
  [
    'a signature over the Host header',
    {
      signature: signatureOf(
        account.authToken,
        `https://evil.example/voice/${account.path}/incoming`,
        Object.entries(call('CAbad')),
      ),
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    },
    403,
  ],
  [
    'a changed query',
    {
      query: '?x=1',
      signature: signatureOf(
        account.authToken,
        `${publicUrl}/voice/${account.path}/incoming`,
        Object.entries(call('CAbad')),
      ),
    },
    403,
  ],
  ['an unknown step', { step: 'dance' }, 404],
  ['a wrong type', { headers: { 'content-type': 'text/plain' } }, 415],
])('%s is refused and stores nothing', async (_, wrong, status) => {
  const params = call('CAbad');
  const response = await post({ params, ...wrong });
  expect(response.status).toBe(status);
  expect(((await response.json()) as { reason: string }).reason).toMatch(/^[A-Z_]+$/);
  expect((await stored()).some(({ inbound }) => inbound.threadKey === 'CAbad')).toBe(false);
});

test('a parameter that breaks its rule is named', async () => {
  const response = await post({ step: 'keypad', params: { CallSid: '', Digits: 'abc', CallDuration: '-1' } });
  expect(response.status).toBe(400);
  const { violations } = (await response.json()) as { violations: { field: string }[] };
  expect(violations.map(({ field }) => field)).toEqual(['CallSid', 'CallDuration', 'Digits']);
});

test('a telling that is too long to be part of a key is refused at the door', async () => {
  const response = await post({ params: call('CAlong', { SequenceNumber: '9'.repeat(1_000) }) });
  expect(response.status).toBe(400);
  expect(((await response.json()) as { violations: { field: string }[] }).violations[0]?.field).toBe('SequenceNumber');
  expect((await stored()).some(({ inbound }) => inbound.threadKey === 'CAlong')).toBe(false);
});

test('JSON bodies are held by their hash: re-encoded JSON is refused', async () => {
  const send = async (body: string, signedBody = body) => {
    const hash = (await import('node:crypto')).createHash('sha256').update(signedBody).digest('hex');
    const url = `/voice/${account.path}/incoming?bodySHA256=${hash}`;
    const headers = {
      'content-type': 'application/json',
      'x-twilio-signature': signatureOf(account.authToken, publicUrl + url, []),
    };
    return fetch(base + url, { method: 'POST', headers, body });
  };
  expect((await send('{"CallSid":"CAjson","From":"anonymous"}')).status).toBe(200);
  expect((await send('{ "CallSid": "CAjson" }', '{"CallSid":"CAjson"}')).status).toBe(403);
  const [withheld] = (await stored()).filter(({ inbound }) => inbound.threadKey === 'CAjson');
  expect(withheld?.inbound.contactPoint).toBeUndefined();
});

test('a call command reaches the provider once, however often its event is delivered', async () => {
  const data = channelV1.CallControlRequested.encode(
    channelV1.CallControlRequested.fromPartial({
      commandId: 'cmd-1',
      channel: 'voice',
      threadKey: 'CA<1>',
      action: { $case: 'announce', value: { text: 'Tom & Jerry <3' } },
    }),
  ).finish();
  const value = encodeEvent({
    id: 'c/1',
    source: '/t',
    type: 'throughline.channel.v1.CallControlRequested',
    subject: 'c',
    time: new Date(),
    recordedAt: new Date(),
    tenantId: 'acme',
    data,
  });
  await bus.producer.publish(
    Array.from({ length: 50 }, () => ({ topic: 'channel.outbound.v1', key: 'acme/c', value })),
  );
  await eventually('the first command', () => posted.length > 0);
  // A later command of the same key shows that all fifty were passed.
  const next = encodeEvent({
    ...decodeMessage({ value }),
    id: 'c/2',
    data: channelV1.CallControlRequested.encode(
      channelV1.CallControlRequested.fromPartial({
        commandId: 'cmd-2',
        channel: 'voice',
        threadKey: 'CA1',
        action: { $case: 'hangUp', value: {} },
      }),
    ).finish(),
  });
  const back = encodeEvent({
    ...decodeMessage({ value }),
    id: 'c/3',
    data: channelV1.CallControlRequested.encode(
      channelV1.CallControlRequested.fromPartial({
        commandId: 'cmd-3',
        channel: 'voice',
        action: {
          $case: 'place',
          value: { to: '+4930555123', from: '+4930999', address: 'sip:ann@example.org', timeoutSeconds: 15 },
        },
      }),
    ).finish(),
  });
  await bus.producer.publish([
    { topic: 'channel.outbound.v1', key: 'acme/c', value: next },
    { topic: 'channel.outbound.v1', key: 'acme/c', value: back },
  ]);
  await eventually('the commands after it', () => posted.length >= 3);
  expect(posted.map(({ token }) => token)).toEqual(['acme/cmd-1', 'acme/cmd-2', 'acme/cmd-3']);
  expect(posted[2]!.path).toBe('/Calls.json');
  const placed = new URLSearchParams(posted[2]!.body);
  expect([placed.get('To'), placed.get('From')]).toEqual(['+4930555123', '+4930999']);
  const after = `${publicUrl}/voice/account-one/after`;
  expect(placed.get('Twiml')).toContain(
    `<Dial timeout="15" action="${after}" method="POST"><Sip>sip:ann@example.org</Sip></Dial>`,
  );
  expect(new URLSearchParams(posted[0]!.body).get('Twiml')).toContain('Tom &#38; Jerry &#60;3');
  expect(posted[0]!.path).toBe('/Calls/CA%3C1%3E.json');
});

test('a command that the provider refuses is told once, with the conversation it was for', async () => {
  const command = (commandId: string, threadKey: string, action: channelV1.CallControlRequested['action']) =>
    encodeEvent({
      id: `${commandId}/1`,
      source: '/t',
      type: 'throughline.channel.v1.CallControlRequested',
      subject: 'c',
      time: new Date(),
      recordedAt: new Date(),
      tenantId: 'acme',
      data: channelV1.CallControlRequested.encode({
        commandId,
        conversationId: 'conversation-7',
        channel: 'voice',
        threadKey,
        action,
      }).finish(),
    });
  const address = 'sip:ann@example.org';
  const refused = command('w~1/connect', 'CAgone', { $case: 'connect', value: { address, timeoutSeconds: 20 } });
  const values = [
    refused,
    command('v~1/connect', '', {
      $case: 'place',
      value: { to: 'gone', from: '+4930999', address, timeoutSeconds: 20 },
    }),
    refused,
    command('u~1/connect', 'CAhere', { $case: 'connect', value: { address, timeoutSeconds: 20 } }),
  ];
  await bus.producer.publish(values.map((value) => ({ topic: 'channel.outbound.v1', key: 'acme/c', value })));
  await eventually('the last command', () => posted.some(({ token }) => token === 'acme/u~1/connect'));
  const told = (await stored())
    .filter(({ inbound }) => inbound.payload?.$case === 'callCommandRefused')
    .map(({ inbound }) => [inbound.threadKey, inbound.payload] as const);
  // Two threads may lie in two partitions: between them there is no order.
  expect(told.sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ['CAgone', { $case: 'callCommandRefused', value: { commandId: 'w~1/connect', conversationId: 'conversation-7' } }],
    [
      'command/v~1/connect/refused',
      { $case: 'callCommandRefused', value: { commandId: 'v~1/connect', conversationId: 'conversation-7' } },
    ],
  ]);
});

describe('a question after the call', () => {
  const questionId = 'ask_7f0c';
  const keep = async (callSid: string, more: Partial<channelV1.AskedQuestion> = {}) => {
    const question = {
      questionId,
      text: 'How <was> it?',
      language: 'en-GB',
      lowest: 1,
      highest: 5,
      thanks: 'Thanks.',
      ...more,
    };
    const command = { commandId: `q-${callSid}`, channel: 'voice', threadKey: callSid };
    const value = encodeEvent({
      id: `q-${callSid}/1`,
      source: '/t',
      type: 'throughline.channel.v1.CallControlRequested',
      subject: 'c',
      time: new Date(),
      recordedAt: new Date(),
      tenantId: 'acme',
      data: channelV1.CallControlRequested.encode(
        channelV1.CallControlRequested.fromPartial({
          ...command,
          action: { $case: 'ask', value: { question } },
        } as never),
      ).finish(),
    });
    await bus.producer.publish([{ topic: 'channel.outbound.v1', key: `acme/${callSid}`, value }]);
    // Kept when the provider is told to ask it: until then a call that is over is let go.
    const left = call(callSid, { CallStatus: 'in-progress', DialCallStatus: 'completed' });
    return eventually('the question', async () => {
      const answer = await (await post({ step: 'after', params: left })).text();
      return answer.includes('<Gather') && answer;
    });
  };
  const said = async (callSid: string) =>
    (await stored())
      .filter(({ inbound }) => inbound.threadKey === callSid)
      // At least once: the same event again has the same id.
      .filter((one, at, all) => all.findIndex(({ event }) => event.id === one.event.id) === at)
      .map(({ inbound }) => inbound.payload);
  const press = async (callSid: string, Digits: string, query = `?question=${questionId}`, more: Post = {}) =>
    (
      await post({ step: 'keypad', params: call(callSid, { Digits, CallStatus: 'in-progress' }), query, ...more })
    ).text();

  test('is said when the agent has left, and its first key counts', async () => {
    const asked = await keep('CAask');
    expect(asked).toContain('<Say language="en-GB">How &#60;was&#62; it?</Say></Gather><Hangup/>');
    expect(asked).toContain(`action="${publicUrl}/voice/account-one/keypad?question=${questionId}"`);
    expect(await press('CAask', '4')).toContain('<Say language="en-GB">Thanks.</Say><Hangup/>');
    await press('CAask', '4');
    await press('CAask', '1');
    expect(await said('CAask')).toEqual([
      { $case: 'questionAsked', value: { questionId } },
      { $case: 'questionAnswered', value: { questionId, value: 4 } },
    ]);
  });

  test('a key that is no value is asked about once more, and is no answer', async () => {
    await keep('CAwrong');
    const again = await press('CAwrong', '9');
    expect(again).toContain(`keypad?question=${questionId}&#38;again=1`);
    expect(await press('CAwrong', '0', `?question=${questionId}&again=1`)).toContain('<Response><Hangup/></Response>');
    expect(await said('CAwrong')).toEqual([{ $case: 'questionAsked', value: { questionId } }]);
  });

  test('two keys where the scale has ten', async () => {
    expect(await keep('CAten', { lowest: 0, highest: 10 })).toContain('numDigits="2"');
    await press('CAten', '10');
    expect((await said('CAten')).at(-1)).toEqual({ $case: 'questionAnswered', value: { questionId, value: 10 } });
  });

  test.each([
    ['a call that nobody took', { CallStatus: 'in-progress', DialCallStatus: 'no-answer' }],
    ['a caller who has gone', { CallStatus: 'completed', DialCallStatus: 'completed' }],
    ['a call of another account', { CallStatus: 'in-progress', DialCallStatus: 'completed' }, other],
  ])('is not said to %s', async (_, more, from = account) => {
    await keep('CAnot');
    const params = call('CAnot', more);
    const response = await post({ step: 'after', params, path: from.path, secret: from.authToken });
    expect(await response.text()).toContain('<Response><Hangup/></Response>');
  });

  test('keys with a forged address or for a question that nobody asked are no answer', async () => {
    await keep('CAforged');
    const url = '/voice/account-one/keypad?question=ask_other';
    const forged = await post({
      step: 'keypad',
      params: call('CAforged', { Digits: '5' }),
      query: `?question=${questionId}`,
      signature: signatureOf(account.authToken, publicUrl + url, Object.entries(call('CAforged', { Digits: '5' }))),
    });
    expect(forged.status).toBe(403);
    await press('CAforged', '5', '?question=ask_other');
    // Keys of another menu stay keys.
    expect((await said('CAforged')).map((payload) => payload?.$case)).toEqual(['questionAsked', 'keysPressed']);
  });
});
