import { judgeEffects, onceEach } from '../src/effects';

describe('the checker of effects sees every kind of fault', () => {
  const wanted = ['a', 'b'];
  it('finds nothing when each is there once and copies agree', () => {
    expect(judgeEffects(wanted, ['b', 'a'], [['x', 'x'], ['y']])).toEqual(onceEach);
  });
  it('counts what is missing, repeated and foreign', () => {
    expect(judgeEffects(wanted, ['a'])).toEqual({ ...onceEach, missing: 1 });
    expect(judgeEffects(wanted, ['a', 'b', 'b', 'b'])).toEqual({ ...onceEach, repeated: 1 });
    expect(judgeEffects(wanted, ['a', 'b', 'c'])).toEqual({ ...onceEach, foreign: 1 });
  });
  it('counts requests whose copies were answered differently, or not at all', () => {
    expect(judgeEffects([], [], [['x', 'y'], ['x', 'x'], []])).toEqual({ ...onceEach, differing: 2 });
  });
});
