import { allQuarantined, judgeQuarantine, percentile } from '../src/quarantine';

const bad = [
  { place: 'in/0/1', value: Buffer.from([1, 2]) },
  { place: 'in/0/2', value: Buffer.alloc(0) },
];
const copy = bad.map(({ place, value }) => ({ place, value: Buffer.from(value) }));

describe('the checker of the quarantine sees every kind of fault', () => {
  it('finds nothing when each is there with its bytes, also twice', () => {
    expect(judgeQuarantine(bad, [...copy, ...copy])).toEqual(allQuarantined);
  });
  it('counts what is missing', () => {
    expect(judgeQuarantine(bad, copy.slice(1))).toEqual({ ...allQuarantined, missing: 1 });
  });
  it('counts one changed byte, in the second copy as well', () => {
    const altered = { place: 'in/0/1', value: Buffer.from([1, 3]) };
    expect(judgeQuarantine(bad, [altered, copy[1]!])).toEqual({ ...allQuarantined, altered: 1 });
    expect(judgeQuarantine(bad, [...copy, altered])).toEqual({ ...allQuarantined, altered: 1 });
  });
  it('counts a good message that was put away', () => {
    expect(judgeQuarantine(bad, [...copy, { place: 'in/0/3', value: Buffer.from('x') }])).toEqual({
      ...allQuarantined,
      innocent: 1,
    });
  });
  it('takes the value that 99 of 100 do not exceed', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([percentile(values, 0.99), percentile(values, 1), percentile([7], 0.99)]).toEqual([99, 100, 7]);
  });
});
