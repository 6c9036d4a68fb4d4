import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { createBus } from '@throughline/bus';
import { noTelemetry } from '@throughline/telemetry';
import { eventually } from '@throughline/testing';
import { WebSocket } from 'ws';
import { brokenGrpc, brokenHttp, brokenJson, halfPair, texts } from '../src/corpus';
import { openChat, visitorToken } from '../src/world/chat';
import { sendMail } from '../src/world/mail';
import type { Product } from '../src/world/product';
import type { Json } from '../src/world/rest';
import { call } from '../src/world/rest';
import type { Running } from '../src/world/run';
import { startProduct } from '../src/world/run';
import { customerOf } from '../src/world/timeline';
import { signWebhook } from '../src/world/voice';

let running: Running;
let product: Product;
let pids: (number | undefined)[];
beforeAll(async () => {
  running = await startProduct('bad', { restart: false });
  product = running.product;
  pids = running.services.map(({ pid }) => pid());
}, 150_000);
afterAll(() => running?.stop(), 60_000);

const post = (path: string, body: string | Buffer) =>
  fetch(product.restUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${product.apiKey}`, 'content-type': 'application/json' },
    body: body as string,
  });
/** A refusal names its reason; nothing else may come of bad input. */
const expectRefusal = async (response: Response) => {
  expect(Math.floor(response.status / 100)).toBe(4);
  expect(((await response.json()) as { reason: string }).reason).toMatch(/^[A-Z_]+$/);
};
/** All texts of a customer's messages, as the API tells them. */
const messagesOf = async (type: 'EMAIL' | 'CHAT', value: string): Promise<string[]> => {
  const customer = await customerOf(product, type, value);
  if (!customer) return [];
  const list = await call(product, 'GET', `/v1/conversations?customerId=${customer.id}&pageSize=100`);
  const found: string[] = [];
  for (const { id } of (list['conversations'] ?? []) as { id: string }[]) {
    const page = await call(product, 'GET', `/v1/conversations/${id}/messages?pageSize=100`);
    found.push(...((page['messages'] ?? []) as { text: string }[]).map(({ text }) => text));
  }
  return found;
};

describe('REST', () => {
  test.each(texts)('%s comes back as it was sent, or is refused', async (_, text) => {
    const contactPoint = { type: 'CONTACT_POINT_TYPE_EMAIL', value: 'rest@customer.example' };
    const body = { channel: 'email', contactPoint, subject: text, customerName: text.slice(0, 200), topic: 'x' };
    const response = await post('/v1/conversations', JSON.stringify(body));
    if (response.status !== 200) return expectRefusal(response);
    const { id } = ((await response.json()) as { conversation: { id: string } }).conversation;
    const read = (await call(product, 'GET', `/v1/conversations/${id}`))['conversation'] as Json;
    expect(read['subject']).toBe(text);
    await call(product, 'POST', `/v1/conversations/${id}/notes`, { text });
    const page = await call(product, 'GET', `/v1/conversations/${id}/messages`);
    expect((page['messages'] as { text: string }[])[0]?.text).toBe(text);
  });

  test.each([...brokenJson, ['half a pair', `{"channel":"email","subject":${halfPair}}`]] as typeof brokenJson)(
    'a body that is %s is refused',
    async (_, body) => expectRefusal(await post('/v1/conversations', body)),
  );
});

describe('gRPC', () => {
  test.each(brokenGrpc)('%s gets a status and costs no connection of others', async (_, body) => {
    const session = connectHttp2(`http://${product.grpcAddress}`);
    session.on('error', () => undefined);
    const status = await new Promise<number>((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/throughline.conversation.v1.ConversationService/CreateConversation',
        'content-type': 'application/grpc',
        'grpc-encoding': 'gzip',
        te: 'trailers',
        authorization: `Bearer ${product.apiKey}`,
      });
      const seen = (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
      };
      stream.on('response', seen).on('trailers', seen);
      stream.on('error', () => undefined).on('close', () => resolve(-1));
      stream.resume();
      stream.end(body);
    });
    session.destroy();
    // Invalid, exhausted, unimplemented, or a stream that ends without a message; never OK and never UNKNOWN, which is a bug.
    expect([-1, 3, 8, 12, 13]).toContain(status);
  });
});

describe('webhooks', () => {
  const path = (step: string) => `/voice/${product.voice.accountPath}/${step}`;
  const send = (step: string, params: Record<string, string>, body = new URLSearchParams(params).toString()) =>
    fetch(product.voice.url + path(step), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': signWebhook(product.voice.authToken, product.voice.publicUrl + path(step), params),
      },
      body,
    });
  const expectAnswer = async (response: Response) => {
    if (response.status !== 200) return expectRefusal(response);
    expect(await response.text()).toMatch(/^<\?xml/);
  };

  test.each(texts)('%s in every parameter is taken, or refused by name', async (name, text) => {
    const sid = `CA${texts.findIndex(([other]) => other === name)}`;
    const params = { CallSid: sid, From: text, To: text, CallStatus: text, Direction: text, Timestamp: text };
    await expectAnswer(await send('incoming', params));
    await expectAnswer(
      await send('queued', { CallSid: sid, QueueName: text, QueuePosition: text, SequenceNumber: text }),
    );
    await expectAnswer(await send('answered', { CallSid: sid, AnsweredBy: text }));
    await expectAnswer(
      await send('recording', { CallSid: sid, RecordingStatus: 'paused', RecordingUrl: text, RecordingSid: text }),
    );
    await expectAnswer(await send('keypad', { CallSid: sid, Digits: text }));
    await expectAnswer(await send('ended', { CallSid: sid, CallDuration: text, EndedBy: text }));
    await expectAnswer(await send('ended', { CallSid: sid, CallDuration: '3', EndedBy: text }));
    await expectAnswer(await send('incoming', { CallSid: text }));
  });

  test('bytes that are no text, and a body beyond the limit', async () => {
    await expectRefusal(await send('incoming', { CallSid: 'CA1' }, 'CallSid=%ff%fe&From=%c3%28'));
    await expectRefusal(await send('incoming', { CallSid: 'CA1' }, `CallSid=${'x'.repeat(2 * 1024 * 1024)}`));
  });
});

describe('web chat', () => {
  test('every text comes back as it was sent, or its frame is refused by name', async () => {
    const chat = await openChat(product, { id: 'bad-chat', name: '\u202Eevil\r\nX: y' });
    const wanted: string[] = [];
    for (const [i, [, text]] of texts.entries()) {
      const answer = chat.until((frame) => frame['clientId'] === `c${i}`);
      await Promise.all([chat.say(`c${i}`, text).catch(() => undefined), answer]);
      if ((await answer).type === 'ack') wanted.push(text);
      // Below the rate of one visitor.
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    chat.close();
    expect(wanted.length).toBeGreaterThan(texts.length / 2);
    await eventually('all accepted texts', async () => (await messagesOf('CHAT', 'bad-chat')).length >= wanted.length);
    expect((await messagesOf('CHAT', 'bad-chat')).sort()).toEqual([...wanted].sort());
  }, 60_000);

  test('broken frames get named errors on a socket that stays open', async () => {
    const token = await visitorToken(product, { id: 'broken-chat' });
    const socket = new WebSocket(`${product.chat.url}/chat/v1?token=${token}`);
    const frames: { type: string; reason?: string }[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.once('open', resolve));
    const frameTexts = [...brokenJson.map(([, body]) => body), `{"type":"message","clientId":"x","text":${halfPair}}`];
    for (const body of frameTexts) socket.send(body);
    socket.send('{"type":"ping"}');
    await eventually('the answer to the ping', () => frames.some(({ type }) => type === 'pong'));
    expect(frames.filter(({ type }) => type === 'error')).toHaveLength(frameTexts.length);
    for (const { type, reason } of frames) if (type === 'error') expect(reason).toMatch(/^[A-Z_]+$/);
    socket.close();
  });
});

describe('mail', () => {
  test('every text in name, subject and body is one mail of one customer, with no header of its own', async () => {
    for (const [i, [, text]] of texts.entries()) {
      const from = { name: text, address: 'bad-mail@customer.example' } as unknown as string;
      await sendMail(product, {
        from,
        subject: text,
        text: `text ${i}: ${text}`,
        messageId: `<bad-${i}@customer.example>`,
      });
    }
    const arrived = await eventually(
      'all mails',
      async () => {
        const found = await messagesOf('EMAIL', 'bad-mail@customer.example');
        return found.filter((text) => /^text \d+: /.test(text)).length === texts.length ? found : undefined;
      },
      40_000,
    );
    expect(arrived.some((text) => text.includes('invoice\u202Efdp.exe'))).toBe(true);
    expect(await customerOf(product, 'EMAIL', 'victim@elsewhere.example')).toBeUndefined();
  }, 60_000);
});

describe('broken HTTP', () => {
  const doors = () => [product.restUrl, product.voice.url, product.chat.url].map((url) => Number(new URL(url).port));
  test.each(brokenHttp)('%s is refused or cut off at every door', async (_, said) => {
    for (const port of doors()) {
      const answer = await new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(port, '127.0.0.1');
        const end = () => {
          socket.destroy();
          resolve(text);
        };
        socket.setTimeout(3_000, end);
        socket.on('data', (piece) => {
          text += piece.toString('latin1');
        });
        socket.on('error', end).on('close', end);
        socket.end(Buffer.from(said, 'latin1'));
      });
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d)\d\d/g)].map(([, first]) => first);
      expect(statuses.filter((first) => first !== '4')).toEqual([]);
    }
  });
});

test('after all of it every process is the same, ready and quick, and nothing bad got past a door', async () => {
  expect(running.services.map(({ pid }) => pid())).toEqual(pids);
  for (const service of running.services) expect(await service.ready()).toBe('');
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  const chat = await openChat(product, { id: 'good-chat' });
  const began = Date.now();
  await chat.say('g1', 'a good message');
  await eventually('the good message', async () => (await messagesOf('CHAT', 'good-chat')).includes('a good message'));
  expect(Date.now() - began).toBeLessThan(5_000);
  chat.close();
  const { kafkaBrokers: brokers, topicPrefix } = running;
  const bus = createBus({ brokers, clientId: 'bad-input', topicPrefix, telemetry: noTelemetry() });
  const letters: string[] = [];
  for (const topic of (await bus.admin.listTopics()).filter((name) => name.endsWith('.dlq.v1')))
    await bus.readTopic(topic, ({ key, headers }) =>
      letters.push(`${topic} ${key} ${headers['dlq-reason']} ${headers['dlq-detail']}`),
    );
  await bus.stop();
  expect(letters).toEqual([]);
}, 60_000);
