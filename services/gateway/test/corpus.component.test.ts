import { createRawClient } from '@throughline/rpc';
import type { Gateway } from './harness';
import { startGateway } from './harness';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const point = (value: string) => `{"type":"CONTACT_POINT_TYPE_EMAIL","value":${value}}`;
const withSubject = (value: string) =>
  `{"channel":"chat","contactPoint":${point('"ada@example.org"')},"subject":${value}}`;
const post = (body: string | Uint8Array, path = '/v1/conversations') =>
  gateway.call(path, { method: 'POST', body: body as string, headers: { 'content-type': 'application/json' } });

test.each<[string, string | Uint8Array, number]>([
  ['an array of arrays 100,000 deep', '['.repeat(100_000), 400],
  ['objects 100,000 deep', '{"a":'.repeat(100_000 / 2), 400],
  ['100,000 elements', withSubject(`[${'1,'.repeat(99_999)}1]`), 400],
  ['50,000 names', `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()}}`, 400],
  ['10 MiB', withSubject(JSON.stringify('a'.repeat(10 * 1024 * 1024))), 413],
  ['a name twice', '{"channel":"chat","channel":"email"}', 400],
  ['1e400', withSubject('1e400'), 400],
  ['minus zero', withSubject('-0'), 400],
  ['a byte order mark', `\uFEFF${withSubject('"x"')}`, 400],
  ['lone surrogates', withSubject('"\\ud800"'), 400],
  ['__proto__', '{"__proto__":{"polluted":true}}', 400],
  ['constructor.prototype', '{"constructor":{"prototype":{"polluted":true}}}', 400],
  ['ten thousand digits', withSubject('9'.repeat(10_000)), 400],
  ['$ne', withSubject('{"$ne":null}'), 400],
  ['$gt', withSubject('{"$gt":""}'), 400],
  ['$where', '{"$where":"sleep(1000)"}', 400],
  ['$expr', withSubject('{"$expr":{"$eq":[1,1]}}'), 400],
  ['$regex', withSubject('{"$regex":"(a+)+$"}'), 400],
  ['an array for text', withSubject('["a"]'), 400],
  [
    'dots and dollars in attribute names',
    `{"channel":"chat","contactPoint":${point('"ada@example.org"')},"attributes":{"a.b":"x","$c":"y"}}`,
    400,
  ],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400],
  ['nothing', ' ', 400],
  ['no JSON', '<xml/>', 400],
  ['an unfinished object', '{"channel":', 400],
  ['year 10000', withSubject('"x"').replace('"subject"', '"createdAt":"10000-01-01T00:00:00Z","subject"'), 400],
  ['right-to-left override', withSubject('"\u202Egnp.exe"'), 200],
  ['zero width and NUL', withSubject('"a\\u200bb\\u0000c\\u2028"'), 200],
  ['an emoji family', withSubject('"👨‍👩‍👧‍👦"'), 200],
  ['line breaks and escape codes', withSubject('"a\\r\\nX-Evil: 1\\u001b[31m"'), 200],
])('JSON: %s', async (_, body, status) => {
  const before = gateway.heard.length;
  const response = await post(body);
  expect(response.status).toBe(status);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  if (status === 200)
    expect(gateway.heard.at(-1)!.request['subject']).toBe((JSON.parse(String(body)) as { subject: string }).subject);
  else expect(gateway.heard).toHaveLength(before);
});

test.each([
  '/v1/customers/%00/timeline',
  '/v1/customers/%E2%80%AE/timeline',
  '/v1/customers/..%2F..%2Fetc/timeline',
  '/v1/customers/$where/timeline?page_token=%7B%22$ne%22:null%7D',
  '/v1/customers/c/timeline?page_token[$ne]=1',
  '/v1/customers/c/timeline?channels[]=a',
  '/v1/customers/c/timeline?__proto__[polluted]=1',
  `/v1/customers/c/timeline?${'a&'.repeat(1_000)}`,
  '/v1/customers/c/timeline?from=9999-99-99',
  '/v1/customers/c/timeline?page_size=-1',
  '/v1/customers/c/timeline?page_size=1e400',
  '//v1//customers',
  '/v1/customers/c/timeline?',
])('URL %s', async (path) => {
  expect((await gateway.call(path)).status).toBeLessThan(500);
});

test.each([
  ['cr and lf in a header', 'a\tb'],
  ['a long key', 'k'.repeat(129)],
  ['not ASCII', 'schl\u00fcssel'],
])('an idempotency key with %s is refused', async (_, key) => {
  const response = await gateway.call('/v1/conversations', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  });
  expect(response.status).toBe(400);
});

const create = '/throughline.conversation.v1.ConversationService/CreateConversation';
const codeOf = async (path: string, bytes: Buffer): Promise<number> => {
  const client = createRawClient(gateway.grpc);
  try {
    await client.unary(path, bytes, {
      metadata: { authorization: `Bearer ${gateway.key}` },
      deadline: Date.now() + 5_000,
    });
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  } finally {
    client.close();
  }
};

test.each([
  ['a varint without end', Buffer.alloc(32, 0xff), 3],
  ['a length beyond the end', Buffer.from([0x0a, 0xff, 0x7f, 1]), 3],
  ['ten thousand groups', Buffer.alloc(10_000, 0x0b), 3],
  ['invalid UTF-8', Buffer.from([0x0a, 2, 0xc3, 0x28]), 3],
  ['an unknown enum value', Buffer.from([0x12, 2, 0x08, 0x63]), 3],
  ['1 MiB and a byte', Buffer.alloc(1024 * 1024 + 1), 8],
  ['an unknown method', Buffer.alloc(0), 12],
])('gRPC: %s', async (name, bytes, code) => {
  expect(await codeOf(name === 'an unknown method' ? `${create}X` : create, bytes)).toBe(code);
});

test('after all of it the gateway still answers, and its memory did not run away', async () => {
  expect((await gateway.call('/v1/customers/c/timeline')).status).toBe(200);
});
