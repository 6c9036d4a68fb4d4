import type { Gateway } from './harness';
import { json, startGateway } from './harness';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
const last = () => gateway.heard.at(-1)!;

test('a read goes through with path, query and tenant, and comes back as JSON', async () => {
  const response = await gateway.call(
    '/v1/customers/c%2F1/timeline?pageSize=2&channels=email&channels=chat&oldest_first=true',
  );
  expect(response.status).toBe(200);
  const body = (await response.json()) as { entries: object[]; nextPageToken: string };
  expect(body.nextPageToken).toBe('acme');
  expect(body.entries).toHaveLength(2);
  expect(body.entries[0]).toMatchObject({ eventId: 'conversation/c-1/0', channel: 'email' });
  expect(last().request).toMatchObject({ customerId: 'c/1', pageSize: 2, channels: ['email', 'chat'] });
  expect(last().call.caller).toMatchObject({ tenantId: 'acme', subject: 'first', kind: 'api-key' });
  expect(response.headers.get('ratelimit-limit')).toBe('100000');
});

test('a write carries its idempotency key into the message and the call, and gets one when it has none', async () => {
  const body = { channel: 'chat', contactPoint: { type: 'CONTACT_POINT_TYPE_EMAIL', value: 'ada@example.org' } };
  const first = await gateway.call('/v1/conversations', {
    ...json(body),
    headers: { 'content-type': 'application/json', 'idempotency-key': 'k-1' },
  });
  expect(first.status).toBe(200);
  expect(last().request['requestId']).toBe('k-1');
  expect(last().call.requestId).toBe('k-1');
  expect(first.headers.get('idempotency-key')).toBe('k-1');
  await gateway.call('/v1/conversations', json(body));
  expect(last().request['requestId']).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['unknown customer', '/v1/customers/missing/timeline', 404, 'CUSTOMER_NOT_FOUND'],
  ['a busy service', '/v1/customers/busy/timeline', 429, 'BUSY'],
  ['a bug behind', '/v1/customers/bug/timeline', 500, 'INTERNAL'],
  ['no such path', '/v1/nothing', 404, 'NOT_FOUND'],
  ['unknown parameter', '/v1/customers/c/timeline?nope=1', 400, 'INVALID_ARGUMENT'],
  ['a rule of the contract', '/v1/customers/c/timeline?page_size=999', 400, 'INVALID_ARGUMENT'],
  ['a number that is none', '/v1/customers/c/timeline?page_size=many', 400, 'INVALID_ARGUMENT'],
  ['a broken escape in the path', '/v1/customers/%E0%A4%A/timeline', 400, 'INVALID_ARGUMENT'],
  ['a broken escape in the query', '/v1/customers/c/timeline?issue_id=%zz', 400, 'INVALID_ARGUMENT'],
  ['a very long URL', `/v1/customers/c/timeline?issue_id=${'a'.repeat(9_000)}`, 414, 'URL_TOO_LONG'],
])('%s is a problem with status and reason', async (_, path, status, reason) => {
  const response = await gateway.call(path);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ status, reason });
  expect(text).not.toContain('inner secret');
  if (status === 429) expect(response.headers.get('retry-after')).toBe('3');
});

test('every wrong field is named with its rule', async () => {
  const response = await gateway.call(
    '/v1/conversations',
    json({ channel: 'UP', contactPoint: { type: 'NOPE', value: 7 }, extra: 1, tags: 'x' }),
  );
  expect(response.status).toBe(400);
  const { violations } = (await response.json()) as { violations: { field: string; rule: string }[] };
  expect(violations.map(({ field, rule }) => `${field} ${rule}`).sort()).toEqual(
    ['contact_point.type enum.defined_only', 'contact_point.value type', 'extra unknown', 'tags type'].sort(),
  );
});

test('a wrong method names the right ones', async () => {
  const response = await gateway.call('/v1/customers/c/timeline', { method: 'DELETE' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
});

test('media types and sizes', async () => {
  const send = async (headers: Record<string, string>, body: string | Uint8Array) =>
    (await gateway.call('/v1/conversations', { method: 'POST', headers, body: body as string })).status;
  expect(await send({ 'content-type': 'text/plain' }, '{}')).toBe(415);
  expect(await send({ 'content-type': 'application/json; charset=latin1' }, '{}')).toBe(415);
  expect(await send({ 'content-type': 'application/json', 'content-encoding': 'gzip' }, 'xx')).toBe(415);
  expect(await send({ 'content-type': 'application/json' }, `{"subject":"${'a'.repeat(300_000)}"}`)).toBe(413);
});

const streamed = async (
  path: string,
  headers: Record<string, string> = {},
  enough = (text: string) => /(id: 2|"2")[\s\S]*\n\n?$/.test(text),
) => {
  const abort = new AbortController();
  const response = await gateway.call(path, { headers, signal: abort.signal });
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array);
      if (enough(text)) break;
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
  abort.abort();
  return { response, text };
};

test('a stream comes as server-sent events with ids, and resumes after the last one', async () => {
  const { response, text } = await streamed('/v1/customers/waits/timeline:watch');
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(text.match(/^id: \d$/gm)).toEqual(['id: 0', 'id: 1', 'id: 2']);
  expect(text).toContain('data: {');
  const resumed = await streamed('/v1/customers/waits/timeline:watch', { 'last-event-id': '4' }, (seen) =>
    seen.includes('id: 7'),
  );
  expect(resumed.text.match(/^id: \d$/gm)).toEqual(['id: 5', 'id: 6', 'id: 7']);
});

test('the same stream comes as lines of JSON', async () => {
  const { response, text } = await streamed(
    '/v1/customers/c/timeline:watch',
    { accept: 'application/x-ndjson' },
    () => false,
  );
  expect(response.headers.get('content-type')).toContain('application/x-ndjson');
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { cursor: string }).cursor),
  ).toEqual(['0', '1', '2']);
});

test('an error before the first event has its status, one after it is an event', async () => {
  const refused = await gateway.call('/v1/customers/missing/timeline:watch');
  expect(refused.status).toBe(404);
  expect(await refused.json()).toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
  const { response, text } = await streamed('/v1/customers/breaks/timeline:watch', {}, () => false);
  expect(response.status).toBe(200);
  expect(text).toMatch(/event: error\ndata: \{.*"reason":"FEED_BROKE".*\}\n\n$/);
});

test('a quiet stream is open before it has anything to say, and its service learns that the reader left', async () => {
  const abort = new AbortController();
  const response = await gateway.call('/v1/customers/quiet/timeline:watch', { signal: abort.signal });
  expect(response.status).toBe(200);
  const { signal } = last().call;
  expect(signal.aborted).toBe(false);
  const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  abort.abort();
  await left;
});

test('pages outside the contract', async () => {
  for (const path of [
    '/livez',
    '/readyz',
    '/metrics',
    '/docs',
    '/docs/swagger-ui-bundle.js',
    '/docs/start.js',
    '/descriptor.binpb',
  ]) {
    expect([path, (await gateway.call(path, { key: '' })).status]).toEqual([path, 200]);
  }
  const openApi = (await (await gateway.call('/openapi.json', { key: '' })).json()) as {
    openapi: string;
    paths: Record<string, object>;
  };
  expect(openApi.openapi).toBe('3.1.0');
  expect(openApi.paths['/v1/customers/{customer_id}/timeline']).toHaveProperty('get.parameters');
  expect(JSON.stringify(openApi.paths['/v1/api-keys'])).toContain('Creates a key');
});

test('a service that is away is a 503 that says so, and is found again when it is back', async () => {
  const lonely = await startGateway({ GATEWAY_BACKENDS: [{ name: 'throughline.journey', address: '127.0.0.1:1' }] });
  try {
    const response = await lonely.call('/v1/customers/c/timeline');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ reason: 'UNAVAILABLE' });
    expect(response.headers.get('retry-after')).toBe('1');
  } finally {
    await lonely.stop();
  }
});
