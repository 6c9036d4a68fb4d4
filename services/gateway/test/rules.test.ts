import { Refusal } from '@throughline/core';
import { toStatus } from '@throughline/rpc';
import type { ApiKey } from '../src/domain/api-key';
import { activeHashes, faultOf, formatApiKey, parseApiKey, rotated } from '../src/domain/api-key';
import { covers, notHeld, requiredScope } from '../src/domain/scopes';
import { problemOfCall } from '../src/inbound/http/problem-of';
import { deadlineFor } from '../src/use-cases/deadlines';
import { requestKey } from '../src/use-cases/request-key';
import { createShedder } from '../src/use-cases/shed-load';

const secret = 'a_-'.repeat(15);

test.each([
  [`tl_abc_${secret}`, { id: 'abc', secret }],
  [formatApiKey('a-b', secret), { id: 'a-b', secret }],
  ['tl_abc_short', undefined],
  [`tl__${secret}`, undefined],
  [`TL_abc_${secret}`, undefined],
  [`tl_abc_${secret}\n`, undefined],
  [`tl_abc_${'a'.repeat(300)}`, undefined],
  ['', undefined],
])('key %s', (text, expected) => {
  expect(parseApiKey(text)).toEqual(expected);
});

const key = (more: Partial<ApiKey>): ApiKey => ({
  id: 'k',
  tenantId: 't',
  displayName: '',
  scopes: [],
  secrets: [{ hash: 'new' }, { hash: 'old', until: new Date(1_000) }],
  createdAt: new Date(0),
  ...more,
});

test('a key has its moments', () => {
  expect(activeHashes(key({}), 999)).toEqual(['new', 'old']);
  expect(activeHashes(key({}), 1_000)).toEqual(['new']);
  expect(faultOf(key({ expiresAt: new Date(10) }), 9)).toBeUndefined();
  expect(faultOf(key({ expiresAt: new Date(10) }), 10)).toBe('EXPIRED');
  expect(faultOf(key({ revokedAt: new Date(5), expiresAt: new Date(1) }), 3)).toBe('REVOKED');
  expect(rotated([{ hash: 'a' }, { hash: 'b' }], 'c', 0, 5)).toEqual([
    { hash: 'c' },
    { hash: 'a', until: new Date(5_000) },
  ]);
  expect(rotated([{ hash: 'a' }], 'c', 0, 0)).toEqual([{ hash: 'c' }]);
});

test.each([
  ['journey', 'GetTimeline', '', 'journey:read'],
  ['journey', 'WatchTimeline', '', 'journey:read'],
  ['journey', 'DryRunLink', '', 'journey:read'],
  ['journey', 'EraseCustomer', '', 'journey:write'],
  ['feedback', 'ResolveRecoveryCase', '', 'feedback:write'],
  ['journey', 'Getaway', 'journey:admin', 'journey:admin'],
  ['new', 'DoWhatNobodyThoughtOf', '', 'new:write'],
])('%s %s needs %s%s', (service, name, declared, scope) => {
  expect(requiredScope(service, name, declared)).toBe(scope);
});

test('scopes are exact: writing does not include reading', () => {
  expect(covers(['journey:write'], 'journey:read')).toBe(false);
  expect(covers([], 'none')).toBe(true);
  expect(covers(['*'], 'access:admin')).toBe(true);
  expect(covers([], 'journey:read')).toBe(false);
  expect(notHeld(['a:read'], ['a:read', '*'])).toEqual(['*']);
  expect(notHeld(['*'], ['*', 'b:write'])).toEqual([]);
});

const overWire = (refusal: Refusal) => toStatus(refusal);
test.each([
  [
    new Refusal('invalid', 'INVALID_ARGUMENT', 'x', { violations: [{ field: 'f', rule: 'r', description: 'd' }] }),
    400,
    'INVALID_ARGUMENT',
  ],
  [new Refusal('unauthenticated', 'API_KEY_UNKNOWN', 'x'), 401, 'API_KEY_UNKNOWN'],
  [new Refusal('denied', 'SCOPE_MISSING', 'x'), 403, 'SCOPE_MISSING'],
  [new Refusal('not_found', 'NOPE', 'x'), 404, 'NOPE'],
  [new Refusal('already_exists', 'THERE', 'x'), 409, 'THERE'],
  [new Refusal('conflict', 'MOVED', 'x'), 409, 'MOVED'],
  [new Refusal('precondition', 'IDEMPOTENCY_KEY_REUSED', 'x'), 422, 'IDEMPOTENCY_KEY_REUSED'],
  [new Refusal('exhausted', 'RATE_LIMITED', 'x', { metadata: { retry_after_seconds: '9' } }), 429, 'RATE_LIMITED'],
  [new Refusal('unimplemented', 'NOT_HERE', 'x'), 501, 'NOT_HERE'],
  [new Refusal('unavailable', 'FEED_BROKE', 'x'), 503, 'FEED_BROKE'],
])('%s is the same problem here and from behind the wire', (refusal, status, reason) => {
  for (const error of [refusal, overWire(refusal)]) {
    const { problem, headers } = problemOfCall(error);
    expect(problem).toMatchObject({ status, reason });
    if (status === 400) expect(problem.violations).toEqual(refusal.violations);
    if (status === 429) expect(headers['retry-after']).toBe('9');
  }
});

test.each([
  [{ code: 4, details: 'late' }, 504, 'DEADLINE_EXCEEDED'],
  [{ code: 14, details: 'connect ECONNREFUSED 10.0.0.1' }, 503, 'UNAVAILABLE'],
  [{ code: 13, details: 'inner secret' }, 500, 'INTERNAL'],
  [{ code: 2, details: 'inner secret' }, 500, 'INTERNAL'],
  [new TypeError('inner secret'), 500, 'INTERNAL'],
])('%j without details', (error, status, reason) => {
  const { problem } = problemOfCall(error);
  expect(problem).toMatchObject({ status, reason });
  expect(JSON.stringify(problem)).not.toMatch(/inner secret|10\.0\.0\.1/);
});

test('a hop keeps 50 ms, reads get five seconds, writes ten, a caller may ask for less', () => {
  expect(deadlineFor(true, 0)).toBe(4_950);
  expect(deadlineFor(false, 0)).toBe(9_950);
  expect(deadlineFor(false, 0, 1_000)).toBe(950);
  expect(deadlineFor(true, 0, 60_000)).toBe(4_950);
});

test('idempotency keys', () => {
  expect(requestKey(undefined, true)).toBeUndefined();
  expect(requestKey(undefined, false)).toMatch(/^[0-9a-f-]{36}$/);
  expect(requestKey('order 17/a', false)).toBe('order 17/a');
  for (const bad of ['a\n', 'ü', ' a', 'a'.repeat(129)]) expect(() => requestKey(bad, false)).toThrow();
  expect(requestKey('a'.repeat(128), false)).toHaveLength(128);
});

test('reads give way before writes', () => {
  const shedder = createShedder({ maxInFlight: 10, maxLagMs: 1_000 });
  for (let i = 0; i < 7; i++) shedder.enter();
  expect(() => shedder.check(false)).not.toThrow();
  expect(() => shedder.check(true)).toThrow(Refusal);
  for (let i = 0; i < 3; i++) shedder.enter();
  expect(() => shedder.check(false)).toThrow(Refusal);
  for (let i = 0; i < 10; i++) shedder.leave();
  expect(() => shedder.check(true)).not.toThrow();
});
