import { groupBy } from '../src';

test('groups stand in the order of their first items, and items in theirs', () => {
  const groups = groupBy(['pear', 'apple', 'plum', 'fig', 'apricot'], (word) => word[0]!);
  expect([...groups]).toEqual([
    ['p', ['pear', 'plum']],
    ['a', ['apple', 'apricot']],
    ['f', ['fig']],
  ]);
  expect(groupBy([], String).size).toBe(0);
});
