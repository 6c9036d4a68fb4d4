import type { Seen } from '../src/history';
import { judge, perfect } from '../src/history';

const sent = new Map([
  ['a', [1, 2, 3]],
  ['b', [1]],
]);
const good: Seen[] = [
  { key: 'a', number: 1 },
  { key: 'b', number: 1 },
  { key: 'a', number: 2 },
  { key: 'a', number: 3 },
];

describe('the checker sees every kind of fault', () => {
  it('finds nothing in a perfect history', () => {
    expect(judge(sent, good)).toEqual(perfect);
  });
  it('counts what is lost', () => {
    expect(judge(sent, good.slice(0, 3))).toEqual({ ...perfect, lost: 1 });
  });
  it('counts what is there twice, wherever the second one stands', () => {
    expect(judge(sent, [...good, { key: 'a', number: 1 }])).toEqual({ ...perfect, doubled: 1 });
  });
  it('counts what came out of order', () => {
    expect(judge(sent, [good[1]!, good[2]!, good[0]!, good[3]!])).toEqual({ ...perfect, reordered: 1 });
  });
  it('counts what nobody sent', () => {
    expect(judge(sent, [...good, { key: 'c', number: 1 }])).toEqual({ ...perfect, phantom: 1 });
  });
});
