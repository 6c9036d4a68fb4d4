import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { isRefusal } from '@throughline/core';
import { descriptorSet } from '@throughline/proto';
import { contractRegistry } from '@throughline/rpc';
import { methodsOf } from '../src/contract/methods';
import { readRequest } from '../src/contract/read-request';
import { writeResponse } from '../src/contract/write-response';

const registry = contractRegistry();
const methods = methodsOf(registry, (name) => name.startsWith('throughline.'));
const method = (name: string) => methods.find(({ desc }) => desc.name === name)!;

const read = (
  name: string,
  request: { params?: Record<string, string>; query?: string; body?: unknown; key?: string },
) => {
  const found = method(name);
  const { params = {}, query = '', body, key } = request;
  try {
    const bytes = readRequest(found, found.rules[0]!, { params, query, body, idempotencyKey: key }, registry);
    return JSON.parse(writeResponse(found.input, bytes, registry)) as Record<string, unknown>;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error.violations.map(({ field, rule }) => `${field} ${rule}`);
  }
};

test('every service of the contract is closed until a scope opens it', () => {
  expect(methods.length).toBeGreaterThan(30);
  expect(methods.filter(({ scope }) => scope === 'none').map(({ desc }) => desc.name)).toEqual(['GetCaller']);
  for (const { scope } of methods)
    expect(scope).toMatch(/^(none|[a-z]+:(read|write|admin)|routing:conduct|feedback:empower)$/);
  expect(method('GetTimeline').scope).toBe('journey:read');
  expect(method('SendMessage').scope).toBe('conversation:write');
  expect(method('CreateApiKey').scope).toBe('access:admin');
  expect(method('WatchInbox')).toMatchObject({ stream: true, scope: 'conversation:read', read: true });
});

test.each([
  [
    'numbers and lists',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'page_size=5&channels=a&channels=b' },
    { customerId: 'c', pageSize: 5, channels: ['a', 'b'] },
  ],
  ['the JSON name', 'GetTimeline', { params: { customer_id: 'c' }, query: 'pageSize=5' }, { pageSize: 5 }],
  [
    'plus and escapes',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'issue_id=a+b%26c' },
    { issueId: 'a b&c' },
  ],
  ['a truth', 'GetTimeline', { params: { customer_id: 'c' }, query: 'oldest_first=true' }, { oldestFirst: true }],
  [
    'text that looks like an operator',
    'GetTimeline',
    { params: { customer_id: '{"$ne":null}' }, query: 'issue_id=$where' },
    { customerId: '{"$ne":null}', issueId: '$where' },
  ],
  ['a body', 'RevokeApiKey', { params: { id: 'k' }, body: {}, key: 'r-1' }, { id: 'k', requestId: 'r-1' }],
  ['no body', 'RevokeApiKey', { params: { id: 'k' } }, { id: 'k' }],
  ['the same id in path and body', 'RevokeApiKey', { params: { id: 'k' }, body: { id: 'k' } }, { id: 'k' }],
  ['null as absent', 'RevokeApiKey', { params: { id: 'k' }, body: { id: null, requestId: null } }, { id: 'k' }],
  [
    '64 bits as text and as number',
    'RotateApiKey',
    { params: { id: 'k' }, body: { overlap_seconds: '60' } },
    { overlapSeconds: '60' },
  ],
])('reads %s', (_, name, request, expected) => {
  expect(read(name, request)).toMatchObject(expected);
});

test.each([
  ['an unknown parameter', 'GetTimeline', { params: { customer_id: 'c' }, query: 'x=1' }, ['x unknown']],
  [
    'a bracket operator',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'page_token[$ne]=1' },
    ['page_token[$ne] unknown'],
  ],
  [
    'a prototype',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: '__proto__=1&constructor.prototype=1' },
    ['__proto__ unknown', 'constructor.prototype unknown'],
  ],
  [
    'a parameter twice',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'page_size=1&page_size=2' },
    ['page_size unique'],
  ],
  [
    'a path parameter in the query',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'customer_id=d' },
    ['customer_id path'],
  ],
  ['a half truth', 'GetTimeline', { params: { customer_id: 'c' }, query: 'oldest_first=yes' }, ['oldest_first type']],
  [
    'too large a number',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'page_size=99999999999' },
    ['page_size type'],
  ],
  [
    'a time that is none',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'from=2026-02-30T25:00:00Z' },
    ['from timestamp'],
  ],
  [
    'an impossible offset',
    'GetTimeline',
    { params: { customer_id: 'c' }, query: 'from=2026-02-03T12:00:00%2B99:99' },
    ['from timestamp'],
  ],
  ['another id in the body', 'RevokeApiKey', { params: { id: 'k' }, body: { id: 'other' } }, ['id path']],
  [
    'another request id',
    'RevokeApiKey',
    { params: { id: 'k' }, body: { requestId: 'a' }, key: 'b' },
    ['request_id path'],
  ],
  ['both spellings', 'CreateApiKey', { body: { displayName: 'a', display_name: 'b' } }, ['display_name unique']],
  ['a query beside a body', 'CreateApiKey', { body: {}, query: 'display_name=a' }, ['display_name unknown']],
  ['a list as body', 'CreateApiKey', { body: [] }, ['body type']],
  ['an operator for text', 'CreateApiKey', { body: { displayName: { $ne: null } } }, ['display_name type']],
  ['text for a list', 'CreateApiKey', { body: { scopes: '*' } }, ['scopes type']],
  ['a list for text', 'CreateApiKey', { body: { displayName: ['a'] } }, ['display_name type']],
  ['half a surrogate pair', 'CreateApiKey', { body: { displayName: 'a\ud800' } }, ['display_name utf8']],
  ['a fraction', 'RotateApiKey', { params: { id: 'k' }, body: { overlapSeconds: 1.5 } }, ['overlap_seconds type']],
  [
    'an infinite number',
    'RotateApiKey',
    { params: { id: 'k' }, body: { overlapSeconds: Number.POSITIVE_INFINITY } },
    ['overlap_seconds type'],
  ],
  ['a null in a list', 'CreateApiKey', { body: { scopes: [null] } }, ['scopes[0] type']],
])('refuses %s', (_, name, request, expected) => {
  expect(read(name, request)).toEqual(expected);
});

test('the descriptor set is read the same way twice', () => {
  const set = fromBinary(FileDescriptorSetSchema, descriptorSet());
  expect(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, set)).length).toBe(descriptorSet().length);
  expect(methodsOf(createFileRegistry(set), () => false)).toEqual([]);
});
