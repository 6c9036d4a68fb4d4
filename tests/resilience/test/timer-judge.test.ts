import { allWell, judgeTimers } from '../src/timer-judge';

const fired = (id: string, seenAt: number, eventId = `${id}/1`, takenBack = false) => ({
  id,
  seenAt,
  eventId,
  takenBack,
});

describe('the judge of timers', () => {
  it('is content with one firing in time, sent twice, or taken back and fired again', () => {
    const twice = [fired('a', 100), fired('a', 120)];
    expect(judgeTimers([{ id: 'a', dueAt: 100 }], twice)).toEqual(allWell);
    const again = [fired('a', 110), fired('a', 115, 'a/2', true), fired('a', 130, 'a/3')];
    expect(judgeTimers([{ id: 'a', dueAt: 100 }], again)).toEqual(allWell);
    expect(judgeTimers([{ id: 'a' }], [fired('a', 1), fired('a', 2, 'a/2', true)])).toEqual(allWell);
  });

  it.each([
    ['lost', [{ id: 'a', dueAt: 100 }], []],
    ['lost', [{ id: 'a', dueAt: 100 }], [fired('a', 110), fired('a', 111, 'a/2', true)]],
    ['early', [{ id: 'a', dueAt: 100 }], [fired('a', 99)]],
    ['doubled', [{ id: 'a', dueAt: 100 }], [fired('a', 100), fired('a', 100, 'a/2')]],
    ['wrong', [{ id: 'a' }], [fired('a', 100)]],
  ] as const)('sees what is %s', (kind, expected, seen) => {
    expect(judgeTimers([...expected], [...seen])).toEqual({ ...allWell, [kind]: ['a'] });
  });
});
