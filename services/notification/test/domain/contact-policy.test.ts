import { spentBy } from '../../src/domain/policy/budget';
import type { BudgetRule } from '../../src/domain/policy/policy';
import { quietUntil } from '../../src/domain/policy/quiet';

const at = (text: string): number => Date.parse(text);
const night = { starts: 21 * 60, ends: 8 * 60, holds: ['promotional' as const] };

describe('quiet hours', () => {
  it.each<[string, string[], string, string | undefined]>([
    ['the afternoon is not quiet', ['Europe/Berlin'], '2026-06-01T12:00:00Z', undefined],
    ['late evening waits for the morning', ['Europe/Berlin'], '2026-06-01T19:30:15Z', '2026-06-02T06:00:00Z'],
    ['early morning waits for the same morning', ['Europe/Berlin'], '2026-06-01T03:00:00Z', '2026-06-01T06:00:00Z'],
    ['the start is quiet', ['Etc/UTC'], '2026-06-01T21:00:00Z', '2026-06-02T08:00:00Z'],
    ['the end is not', ['Etc/UTC'], '2026-06-01T08:00:00Z', undefined],
    ['the night that loses an hour', ['Europe/Berlin'], '2026-03-28T22:00:00Z', '2026-03-29T06:00:00Z'],
    ['the night that has one more', ['Europe/Berlin'], '2026-10-24T22:00:00Z', '2026-10-25T07:00:00Z'],
    [
      'eight where the customer is, whatever the server says',
      ['Asia/Shanghai'],
      '2026-06-01T14:00:00Z',
      '2026-06-02T00:00:00Z',
    ],
    [
      'any zone the number may be in',
      ['America/New_York', 'America/Los_Angeles'],
      '2026-06-01T12:30:00Z',
      '2026-06-01T15:00:00Z',
    ],
  ])('%s', (_, zones, now, until) => {
    expect(quietUntil(night, zones, at(now))).toBe(until === undefined ? undefined : at(until));
  });

  it('may lie within one day', () => {
    const lunch = { starts: 12 * 60, ends: 13 * 60, holds: ['promotional' as const] };
    expect(quietUntil(lunch, ['Etc/UTC'], at('2026-06-01T12:59:59Z'))).toBe(at('2026-06-01T13:00:00Z'));
    expect(quietUntil(lunch, ['Etc/UTC'], at('2026-06-01T11:59:59Z'))).toBeUndefined();
  });
});

describe('the budget', () => {
  const rule = (change: Partial<BudgetRule> = {}): BudgetRule => ({
    name: 'week',
    windowMs: 1_000,
    most: 2,
    holds: ['promotional'],
    ...change,
  });

  it('rolls: there is room when the oldest that is one too many has left the window', () => {
    expect(spentBy([rule()], [100], 'promotional', 500)).toBeUndefined();
    expect(spentBy([rule()], [300, 100], 'promotional', 500)).toEqual({ rule: 'week', until: 1_100 });
    expect(spentBy([rule()], [100, 300, 400], 'promotional', 500)).toEqual({ rule: 'week', until: 1_300 });
    expect(spentBy([rule()], [100, 300], 'promotional', 1_100)).toBeUndefined();
  });

  it('counts every class and holds only those it names', () => {
    expect(spentBy([rule()], [100, 300], 'service', 500)).toBeUndefined();
    expect(spentBy([rule({ holds: ['service'] })], [100, 300], 'service', 500)?.until).toBe(1_100);
  });

  it('of several rules the longest wait counts, and none at all means never', () => {
    const day = rule({ name: 'day', most: 1, windowMs: 5_000 });
    expect(spentBy([rule(), day], [100, 300], 'promotional', 500)).toEqual({ rule: 'day', until: 5_300 });
    expect(spentBy([rule({ most: 0 })], [], 'promotional', 500)?.until).toBe(Number.POSITIVE_INFINITY);
  });
});
