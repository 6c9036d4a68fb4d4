import { createMatcher } from '../src/domain/matcher';
import { parseTemplate } from '../src/domain/path-template';

const matcher = createMatcher<string>();
const paths = [
  'GET /v1/customers',
  'POST /v1/customers:resolve',
  'GET /v1/customers/{customer_id}',
  'PATCH /v1/customers/{id}',
  'GET /v1/customers/{customer_id}/timeline',
  'GET /v1/customers/{customer_id}/timeline:watch',
  'POST /v1/customers/{customer_id}:merge',
  'GET /v1/customers/me',
  'GET /v1/{kind}/me/timeline',
];
for (const path of paths) {
  const [verb, template] = path.split(' ') as [string, string];
  matcher.add(verb, parseTemplate(template), path);
}

test.each([
  ['GET', '/v1/customers', 'GET /v1/customers', {}],
  ['POST', '/v1/customers:resolve', 'POST /v1/customers:resolve', {}],
  ['GET', '/v1/customers/c', 'GET /v1/customers/{customer_id}', { customer_id: 'c' }],
  ['PATCH', '/v1/customers/c', 'PATCH /v1/customers/{id}', { id: 'c' }],
  ['GET', '/v1/customers/me', 'GET /v1/customers/me', {}],
  ['GET', '/v1/customers/me/timeline', 'GET /v1/customers/{customer_id}/timeline', { customer_id: 'me' }],
  ['GET', '/v1/agents/me/timeline', 'GET /v1/{kind}/me/timeline', { kind: 'agents' }],
  ['GET', '/v1/customers/c/timeline:watch', 'GET /v1/customers/{customer_id}/timeline:watch', { customer_id: 'c' }],
  ['POST', '/v1/customers/c:merge', 'POST /v1/customers/{customer_id}:merge', { customer_id: 'c' }],
  ['POST', '/v1/customers/a:b:merge', 'POST /v1/customers/{customer_id}:merge', { customer_id: 'a:b' }],
  ['GET', '/v1/customers/a:b', 'GET /v1/customers/{customer_id}', { customer_id: 'a:b' }],
  ['GET', '/v1/customers/c%3Amerge', 'GET /v1/customers/{customer_id}', { customer_id: 'c:merge' }],
  ['GET', '/v1/customers/a%2Fb/timeline', 'GET /v1/customers/{customer_id}/timeline', { customer_id: 'a/b' }],
  ['GET', '/v1/customers/%C3%A4', 'GET /v1/customers/{customer_id}', { customer_id: 'ä' }],
])('%s %s is %s', (verb, path, value, params) => {
  expect(matcher.match(verb, path)).toEqual({ kind: 'found', value, params });
});

test.each([
  ['GET', '/v1/customers/c:merge', { kind: 'wrong-method', allow: ['POST'] }],
  ['DELETE', '/v1/customers/c', { kind: 'wrong-method', allow: ['GET', 'PATCH'] }],
  ['GET', '/v1/customers/', { kind: 'none' }],
  ['GET', '/v1/customers//timeline', { kind: 'none' }],
  ['GET', '/v1', { kind: 'none' }],
  ['GET', '', { kind: 'none' }],
  ['GET', '/v1/customers/c/timeline/more', { kind: 'none' }],
  ['GET', '/v1/customers/__proto__/constructor', { kind: 'none' }],
  ['POST', '/v1/customers/:merge', { kind: 'wrong-method', allow: ['GET', 'PATCH'] }],
  ['GET', '/v1/customers/%zz', { kind: 'bad-escape' }],
])('%s %s is nothing', (verb, path, expected) => {
  expect(matcher.match(verb, path)).toEqual(expected);
});

test('two methods for one path are a mistake of the contract', () => {
  expect(() => matcher.add('GET', parseTemplate('/v1/customers/{other}'), 'x')).toThrow('same path');
  expect(() => parseTemplate('/v1/{name=projects/*}/x')).toThrow('not supported');
});
