import { fromWire, pointText, toWire, wirePoint } from '../src';

test.each([
  ['first_reply', 'METRIC_FIRST_REPLY'],
  ['', 'METRIC_UNSPECIFIED'],
])('our word %s is %s in the contract', (word, name) => {
  expect(toWire('METRIC')(word)).toBe(name);
  expect(fromWire('METRIC')(name)).toBe(word);
});

test('a name of another enum is no word of ours', () => {
  expect(fromWire('METRIC')('PRIORITY_HIGH')).toBe('');
  expect(fromWire('METRIC')('UNRECOGNIZED')).toBe('');
});

test('contact points go over and back in their only spelling', () => {
  expect(wirePoint('email:ada@example.org')).toEqual({ type: 'CONTACT_POINT_TYPE_EMAIL', value: 'ada@example.org' });
  expect(wirePoint('')).toBeUndefined();
  expect(pointText({ type: 'CONTACT_POINT_TYPE_EMAIL', value: ' Ada@Example.org ' })).toBe('email:ada@example.org');
  expect(pointText(undefined)).toBe('');
  expect(() => pointText({ type: 'CONTACT_POINT_TYPE_UNSPECIFIED', value: 'ada@example.org' })).toThrow();
});
