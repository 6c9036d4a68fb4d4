import type { Gateway } from './harness';
import { json, keyText, startGateway } from './harness';

let gateway: Gateway;
let now = Date.now();
beforeAll(async () => {
  gateway = await startGateway({}, { clock: { now: () => now }, checkMs: 50 });
});
afterAll(() => gateway.stop());

const TIMELINE = '/v1/customers/c/timeline';
interface Made {
  apiKey: { id: string; scopes: string[]; revokedAt?: string; lastUsedAt?: string };
  key: string;
}
const post = (path: string, body: object, init: { key?: string; idempotency?: string } = {}) => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (init.idempotency) headers['idempotency-key'] = init.idempotency;
  return gateway.call(path, { ...json(body), headers, key: init.key });
};
const make = async (body: object, init: { key?: string; idempotency?: string } = {}) => {
  const response = await post('/v1/api-keys', { displayName: 'test', scopes: ['journey:read'], ...body }, init);
  return { status: response.status, body: (await response.json()) as Made };
};
const statusWith = async (key: string, path = TIMELINE) => (await gateway.call(path, { key })).status;

test('a key works for what its scopes say and for nothing else', async () => {
  const { body } = await make({});
  expect(body.key).toMatch(/^tl_[a-z0-9]+_[A-Za-z0-9_-]{43}$/);
  expect(await statusWith(body.key)).toBe(200);
  const denied = await post('/v1/conversations', {}, { key: body.key });
  expect(denied.status).toBe(403);
  expect(await denied.json()).toMatchObject({
    reason: 'SCOPE_MISSING',
    metadata: { required_scope: 'conversation:write' },
  });
  expect(await statusWith(body.key, '/v1/api-keys')).toBe(403);
  const who = (await (await gateway.call('/v1/caller', { key: body.key })).json()) as object;
  expect(who).toMatchObject({ tenantId: 'acme', keyId: body.apiKey.id, scopes: ['journey:read'] });
});

test.each([
  ['no key', undefined, 'CREDENTIALS_MISSING'],
  ['another scheme', 'Basic YTpi', 'CREDENTIALS_MALFORMED'],
  ['a malformed key', 'Bearer hello', 'CREDENTIALS_MALFORMED'],
  ['two keys', 'Bearer tl_a_b tl_c_d', 'CREDENTIALS_MALFORMED'],
  ['an unknown key', `Bearer ${keyText('nobody')}`, 'API_KEY_UNKNOWN'],
  ['a wrong secret', `Bearer tl_first_${'x'.repeat(43)}`, 'API_KEY_UNKNOWN'],
  ['an operator for an id', 'Bearer tl_{"$ne":null}_aaaaaaaaaaaaaaaaaaaa', 'CREDENTIALS_MALFORMED'],
])('401 for %s', async (_, authorization, reason) => {
  const response = await fetch(gateway.url + TIMELINE, { headers: authorization ? { authorization } : {} });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('Bearer');
  expect(await response.json()).toMatchObject({ reason });
});

test('an expired key ends at its moment', async () => {
  const { body } = await make({ expiresAt: new Date(now + 60_000).toISOString() });
  expect(await statusWith(body.key)).toBe(200);
  now += 60_001;
  expect(await statusWith(body.key)).toBe(401);
  expect((await make({ expiresAt: new Date(now - 1).toISOString() })).status).toBe(400);
});

test('a revoked key ends at once here, within seconds elsewhere, and its streams with it', async () => {
  const { body } = await make({});
  const stream = await gateway.call('/v1/customers/waits/timeline:watch', { key: body.key });
  expect(stream.status).toBe(200);
  expect((await post(`/v1/api-keys/${body.apiKey.id}:revoke`, {})).status).toBe(200);
  expect(await statusWith(body.key)).toBe(401);
  expect(await stream.text()).toContain('API_KEY_REVOKED');
  const elsewhere = (await make({})).body;
  expect(await statusWith(elsewhere.key)).toBe(200);
  await gateway
    .database()
    .collection('api_keys')
    .updateOne({ _id: elsewhere.apiKey.id as never }, { $set: { revokedAt: new Date() } });
  now += 5_000;
  expect(await statusWith(elsewhere.key)).toBe(401);
});

test('after a rotation both secrets work until the overlap ends', async () => {
  const { body } = await make({});
  const rotated = (await (await post(`/v1/api-keys/${body.apiKey.id}:rotate`, { overlapSeconds: 60 })).json()) as Made;
  expect(rotated.key).not.toBe(body.key);
  expect([await statusWith(body.key), await statusWith(rotated.key)]).toEqual([200, 200]);
  now += 61_000;
  expect([await statusWith(body.key), await statusWith(rotated.key)]).toEqual([401, 200]);
});

test('a repeated request makes one key and shows its secret once; another body is refused', async () => {
  const first = await make({ displayName: 'once' }, { idempotency: 'same' });
  const again = await make({ displayName: 'once' }, { idempotency: 'same' });
  expect(again.body.apiKey.id).toBe(first.body.apiKey.id);
  expect([first.body.key !== '', again.body.key]).toEqual([true, '']);
  const other = await make({ displayName: 'twice' }, { idempotency: 'same' });
  expect([other.status, other.body]).toMatchObject([422, { reason: 'IDEMPOTENCY_KEY_REUSED' }]);
  const crowd = await Promise.all(
    Array.from({ length: 20 }, () => make({ displayName: 'crowd' }, { idempotency: 'crowd' })),
  );
  expect(new Set(crowd.map(({ body }) => body.apiKey.id)).size).toBe(1);
  expect(crowd.filter(({ body }) => body.key !== '')).toHaveLength(1);
});

test('a key cannot hand on what it does not hold', async () => {
  const admin = (await make({ scopes: ['access:admin', 'journey:read'] })).body.key;
  expect((await make({ scopes: ['journey:read'] }, { key: admin })).status).toBe(200);
  const beyond = await make({ scopes: ['*'] }, { key: admin });
  expect([beyond.status, beyond.body]).toMatchObject([403, { reason: 'SCOPE_NOT_HELD' }]);
});

test('another tenant neither sees nor changes a key', async () => {
  const { body } = await make({});
  for (const verb of ['revoke', 'rotate']) {
    const response = await post(`/v1/api-keys/${body.apiKey.id}:${verb}`, {}, { key: gateway.otherKey });
    expect([response.status, await response.json()]).toMatchObject([404, { reason: 'API_KEY_NOT_FOUND' }]);
  }
  expect(await (await gateway.call('/v1/api-keys', { key: gateway.otherKey })).text()).not.toContain(body.apiKey.id);
  expect(await statusWith(body.key)).toBe(200);
});

test('keys are listed newest first, page by page', async () => {
  const ids: string[] = [];
  const times: string[] = [];
  for (let token = ''; ; ) {
    const page = (await (
      await gateway.call(`/v1/api-keys?pageSize=3&pageToken=${encodeURIComponent(token)}`)
    ).json()) as {
      apiKeys: { id: string; createdAt: string }[];
      nextPageToken: string;
    };
    ids.push(...page.apiKeys.map(({ id }) => id));
    times.push(...page.apiKeys.map(({ createdAt }) => createdAt));
    token = page.nextPageToken;
    if (!token) break;
  }
  expect(ids.length).toBeGreaterThan(6);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain('first');
  expect(times).toEqual([...times].sort().reverse());
  expect((await gateway.call('/v1/api-keys?pageToken=nonsense')).status).toBe(400);
});

test('the database holds no key that opens anything', async () => {
  const { body } = await make({});
  const dump = JSON.stringify(await gateway.database().collection('api_keys').find().toArray());
  expect(dump).toContain(body.apiKey.id);
  expect(dump).not.toContain(body.key.split('_').slice(2).join('_'));
});
