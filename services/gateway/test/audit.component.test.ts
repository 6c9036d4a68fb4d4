import { contractRegistry, createRawClient } from '@throughline/rpc';
import { eventually } from '@throughline/testing';
import { methodsOf } from '../src/contract/methods';
import { createAudit } from '../src/use-cases/audit';
import type { Gateway } from './harness';
import { json, startGateway } from './harness';

let gateway: Gateway;
let second: Gateway;
let narrow = '';
beforeAll(async () => {
  gateway = await startGateway();
  // Another process on the same database, which also finds what was left behind.
  second = await startGateway({ MONGO_DB: gateway.config.MONGO_DB }, { leftBehindMs: 1_000 });
  const made = await gateway.call('/v1/api-keys', json({ displayName: 'narrow', scopes: ['sla:read'] }));
  narrow = ((await made.json()) as { key: string }).key;
});
afterAll(async () => {
  await second.stop();
  await gateway.stop();
});

const served = /^throughline\.(access|conversation|journey)\./;
const methods = methodsOf(contractRegistry(), (name) => served.test(name));

interface Row {
  chain: string;
  seq: number;
  door: string;
  method: string;
  resource: string;
  actorId: string;
  requestId: string;
  outcome: string;
  reason: string;
  callId: string;
}
const rows = () =>
  gateway.database().collection<Row>('audit_records').find().sort({ _id: 1 }).toArray() as unknown as Promise<Row[]>;
/** Rows once every call that was begun has one. */
const settled = async (): Promise<Row[]> => {
  await eventually(
    'every open call is sealed',
    async () => (await gateway.database().collection('audit_calls').countDocuments()) === 0,
  );
  return rows();
};
const faults = async (key = gateway.key): Promise<object[]> => {
  const answer = await gateway.call('/v1/audit-records:verify', { ...json({}), key });
  return ((await answer.json()) as { faults: object[] }).faults;
};

const viaGrpc = async (path: string, key: string): Promise<void> => {
  const client = createRawClient(gateway.grpc);
  const metadata = { authorization: `Bearer ${key}` };
  await client.unary(path, Buffer.alloc(0), { metadata, deadline: Date.now() + 10_000 }).catch(() => undefined);
  client.close();
};

test('every route that may change something leaves exactly one row a call, every other one none', async () => {
  expect(methods.filter(({ audited }) => audited).length).toBeGreaterThan(20);
  await settled();
  const before = (await rows()).length;
  const wanted = new Map<string, number>();
  const want = (row: string) => wanted.set(row, (wanted.get(row) ?? 0) + 1);
  for (const method of methods) {
    for (const rule of method.rules) {
      const resource = rule.template.text.replace(/\{[^}]+\}/g, 'x-1');
      for (const key of [gateway.key, narrow]) {
        const init = rule.verb === 'GET' ? {} : { ...json({}), method: rule.verb };
        const abort = new AbortController();
        const answer = await gateway.call(resource, { ...init, key, signal: abort.signal });
        abort.abort();
        if (method.audited) want(`rest ${method.path} ${resource} ${answer.status < 400 ? 'DONE' : 'REFUSED'}`);
      }
    }
    if (method.stream) continue;
    await viaGrpc(method.path, narrow);
    const template = method.rules[0]?.template.text ?? method.path;
    if (method.audited) want(`grpc ${method.path} ${template} REFUSED`);
  }
  const made = (await settled()).slice(before);
  const found = new Map<string, number>();
  for (const { door, method, resource, outcome } of made) {
    const row = `${door} ${method} ${resource} ${outcome}`;
    found.set(row, (found.get(row) ?? 0) + 1);
  }
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  expect(new Set(made.map(({ callId }) => callId)).size).toBe(made.length);
  expect(await faults()).toEqual([]);
}, 60_000);

test('a row says who, what, which and how it ended, and nothing that was sent', async () => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'once-1' };
  const body = json({ body: 'canary words', contactPoint: 'ada@canary.example' });
  await gateway.call('/v1/conversations/c-7/messages', { ...body, headers });
  await gateway.call('/v1/conversations/ada%40canary.example:hold', json({}));
  await gateway.call('/v1/conversations/%2B49%20170%201234567:hold', json({}));
  await gateway.call('/v1/conversations/491701234567:hold', json({}));
  const [message, ...held] = (await settled()).slice(-4);
  expect(message).toMatchObject({
    chain: 'acme',
    door: 'rest',
    method: '/throughline.conversation.v1.ConversationService/SendMessage',
    resource: '/v1/conversations/c-7/messages',
    actorId: 'first',
    requestId: 'once-1',
  });
  for (const { resource } of held) expect(resource).toMatch(/^\/v1\/conversations\/~[\w-]{16}:hold$/);
  expect(new Set(held.map(({ resource }) => resource)).size).toBe(3);
  const dump = JSON.stringify(await rows());
  expect(dump).not.toMatch(/canary|1701234567/);
});

test('a call over gRPC has the path that it would have had over REST', async () => {
  const client = createRawClient(gateway.grpc);
  const method = methods.find(({ path }) => path.endsWith('/HoldConversation'))!;
  const field = method.input.fields.find(({ name }) => name === 'conversation_id')!;
  const id = Buffer.from('c-9');
  const bytes = Buffer.concat([Buffer.from([(field.number << 3) | 2, id.length]), id]);
  const metadata = { authorization: `Bearer ${gateway.key}`, 'x-request-id': 'r-9' };
  await client.unary(method.path, bytes, { metadata, deadline: Date.now() + 10_000 }).catch(() => undefined);
  client.close();
  expect((await settled()).at(-1)).toMatchObject({
    door: 'grpc',
    resource: '/v1/conversations/c-9:hold',
    requestId: 'r-9',
  });
});

test('records are listed page by page, by key and by resource, to who has the scope, within the tenant', async () => {
  await settled();
  const list = async (query: string, key = gateway.key) =>
    (await (await gateway.call(`/v1/audit-records?${query}`, { key })).json()) as {
      auditRecords: { seq: string; actorId: string; resource: string; outcome: string }[];
      nextPageToken: string;
    };
  const all: string[] = [];
  for (let token = ''; ; ) {
    const page = await list(`pageSize=50&pageToken=${token}`);
    all.push(...page.auditRecords.map(({ seq }) => seq));
    token = page.nextPageToken;
    if (!token) break;
  }
  const own = (await rows()).filter(({ chain }) => chain === 'acme');
  expect(all).toEqual(own.map(({ seq }) => String(seq)).reverse());
  const byKey = await list(`pageSize=5&actorId=${narrow.split('_')[1]}`);
  expect(byKey.auditRecords.length).toBe(5);
  expect(byKey.auditRecords.every(({ outcome }) => outcome === 'AUDIT_OUTCOME_REFUSED')).toBe(true);
  const further = await list(`pageSize=5&actorId=${narrow.split('_')[1]}&pageToken=${byKey.nextPageToken}`);
  expect(Number(further.auditRecords[0]!.seq)).toBeLessThan(Number(byKey.auditRecords.at(-1)!.seq));
  const path = '/v1/conversations/c-7/messages';
  expect((await list(`resource=${encodeURIComponent(path)}`)).auditRecords).toMatchObject([{ resource: path }]);
  expect((await list(`calledBefore=2020-01-01T00:00:00Z`)).auditRecords).toEqual([]);
  expect((await gateway.call('/v1/audit-records?pageToken=nonsense')).status).toBe(400);
  expect((await gateway.call('/v1/audit-records', { key: narrow })).status).toBe(403);
  expect(JSON.stringify(await list('pageSize=200', gateway.otherKey))).not.toContain(path);
});

test('two processes extend one chain at once: every call has its row, and none is lost, doubled or out of order', async () => {
  const before = (await settled()).length;
  const CALLS = 300;
  const doors = [gateway, second];
  await Promise.all(
    Array.from({ length: CALLS }, (_, i) =>
      doors[i % 2]!.call(`/v1/conversations/p-${i}:hold`, { ...json({}), key: i % 3 ? gateway.key : gateway.otherKey }),
    ),
  );
  const made = (await settled()).filter(({ resource }) => /\/p-\d+:/.test(resource));
  expect((await rows()).length).toBe(before + CALLS);
  expect(new Set(made.map(({ resource }) => resource)).size).toBe(CALLS);
  for (const chain of ['acme', 'other']) {
    const own = (await rows()).filter((row) => row.chain === chain).map(({ seq }) => seq);
    expect(own).toEqual(own.map((_, i) => i + 1));
  }
  expect(await faults()).toEqual([]);
  expect(await faults(gateway.otherKey)).toEqual([]);
}, 60_000);

test('a call whose process died gets its one row from another process', async () => {
  const { database } = gateway;
  const lost = { tenantId: 'acme', actorKind: 'api-key', actorId: 'first', door: 'rest', method: '/m', requestId: 'r' };
  await database()
    .collection('audit_calls')
    .insertOne({ _id: 'lost-1' as never, ...lost, at: new Date(Date.now() - 60_000), resource: '/v1/lost' });
  const found = (await settled()).filter(({ resource }) => resource === '/v1/lost');
  expect(found).toMatchObject([{ callId: 'lost-1', outcome: 'UNKNOWN', reason: 'NOT_SETTLED' }]);
  expect(await faults()).toEqual([]);
});

test('whoever changes a record is found out over the API', async () => {
  const [row] = (await settled()).filter(({ resource }) => resource === '/v1/lost');
  const change = (actorId: string) =>
    gateway.database().collection<Row>('audit_records').updateOne({ callId: 'lost-1' }, { $set: { actorId } });
  await change('somebody else');
  expect(await faults()).toEqual([
    {
      kind: 'AUDIT_FAULT_KIND_ALTERED',
      seq: String(row!.seq),
      description: expect.stringContaining('not what was sealed'),
    },
  ]);
  await change('first');
  expect(await faults()).toEqual([]);
});

test('a call that cannot be recorded is not made', async () => {
  const made: string[] = [];
  const away = new Error('away');
  const trail = { open: () => Promise.reject(away), close: () => void made.push('closed') };
  const audit = createAudit(trail, () => ({ outcome: 'UNKNOWN', reason: '' }));
  await expect(audit({} as never, async () => made.push('called'))).rejects.toBe(away);
  expect(made).toEqual([]);
});
