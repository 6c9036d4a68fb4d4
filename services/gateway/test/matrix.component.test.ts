import { contractRegistry, createRawClient } from '@throughline/rpc';
import { methodsOf } from '../src/contract/methods';
import type { Gateway } from './harness';
import { json, startGateway } from './harness';

let gateway: Gateway;
let narrow = '';
beforeAll(async () => {
  gateway = await startGateway();
  const made = await gateway.call('/v1/api-keys', json({ displayName: 'narrow', scopes: ['sla:read'] }));
  narrow = ((await made.json()) as { key: string }).key;
});
afterAll(() => gateway.stop());

const served = /^throughline\.(access|conversation|journey)\./;
const methods = methodsOf(contractRegistry(), (name) => served.test(name));
const routes = methods.flatMap((method) =>
  method.rules.map((rule) => ({ method, verb: rule.verb, path: rule.template.text.replace(/\{[^}]+\}/g, 'x-1') })),
);

test('there are routes to try', () => expect(routes.length).toBeGreaterThan(30));

test.each(routes)(
  '$verb $path is closed without a key and to a key of another scope',
  async ({ method, verb, path }) => {
    const init = verb === 'GET' ? {} : { ...json({}), method: verb };
    const before = gateway.heard.length;
    expect((await gateway.call(path, { ...init, key: '' })).status).toBe(401);
    const other = await gateway.call(path, { ...init, key: narrow });
    expect(other.status).toBe(method.scope === 'none' ? 200 : 403);
    expect(gateway.heard).toHaveLength(before);
  },
);

test.each(routes)('$verb $path reaches its service only as the tenant of the key', async ({ method, verb, path }) => {
  if (method.path.includes('.access.')) return;
  for (const [key, tenantId] of [
    [gateway.key, 'acme'],
    [gateway.otherKey, 'other'],
  ] as const) {
    const before = gateway.heard.length;
    const forged = { tenantId: 'victim', tenant_id: 'victim' };
    const withBody = verb === 'GET' ? {} : { ...json({}), method: verb };
    const abort = new AbortController();
    const response = await gateway.call(path, {
      ...withBody,
      key,
      headers: { 'content-type': 'application/json', 'x-tenant-id': 'victim', 'x-throughline-caller': 'forged' },
      signal: abort.signal,
    });
    expect(response.status).toBeLessThan(500);
    for (const { call } of gateway.heard.slice(before)) expect(call.caller.tenantId).toBe(tenantId);
    abort.abort();
    const body = verb === 'GET' ? {} : { ...json(forged), method: verb };
    const named = await gateway.call(`${path}${verb === 'GET' ? '?tenant_id=victim' : ''}`, { ...body, key });
    expect(named.status).toBe(400);
  }
});

const codeOf = async (path: string, authorization?: string): Promise<number> => {
  const client = createRawClient(gateway.grpc);
  try {
    await client.unary(path, Buffer.alloc(0), {
      metadata: { authorization, 'x-throughline-caller': 'forged' },
      deadline: Date.now() + 5_000,
    });
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  } finally {
    client.close();
  }
};

test.each(methods.filter(({ stream }) => !stream))('$path over gRPC: the same', async ({ path, scope }) => {
  expect(await codeOf(path)).toBe(16);
  expect(await codeOf(path, `Bearer ${narrow}`)).toBe(scope === 'none' ? 0 : 7);
  expect([0, 3, 5]).toContain(await codeOf(path, `Bearer ${gateway.key}`));
});
