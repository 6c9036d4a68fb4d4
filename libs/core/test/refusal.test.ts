import { invalidField, isRefusal, isTransient, Refusal, transientError } from '../src';

it('carries kind, reason and violations', () => {
  const refusal = invalidField('page_size', 'max', 'at most 500');
  expect(refusal).toMatchObject({
    kind: 'invalid',
    reason: 'INVALID_ARGUMENT',
    violations: [{ field: 'page_size', rule: 'max', description: 'at most 500' }],
  });
  expect(isRefusal(refusal)).toBe(true);
  expect(isRefusal(new Error('x'))).toBe(false);
  expect(new Refusal('conflict', 'X', 'y').violations).toEqual([]);
});

it('tells errors worth a retry from the others', () => {
  expect(isTransient(transientError('broker gone'))).toBe(true);
  expect(isTransient(new Error('x'))).toBe(false);
  expect(isTransient({ transient: 'yes' })).toBe(false);
  expect(isTransient(null)).toBe(false);
});
