import { afterMiss, isHeld } from '../src/domain/callback';
import { nextNotice, noticeText } from '../src/domain/notice';
import type { ToldWait } from '../src/domain/told';
import { accuracyOf, missedBy, nextMiss, toldAlready, withTold } from '../src/domain/told';

const told = (at: number, from: number, to: number, over: Partial<ToldWait> = {}): ToldWait => ({
  at,
  queueId: 'q',
  position: 1,
  estimate: { kind: 'range', fromSeconds: from, toSeconds: to },
  announced: false,
  missedAt: 0,
  ...over,
});
const nothing = (at: number) => told(at, 0, 0, { estimate: { kind: 'none', reason: 'NO_AGENTS' } });

describe('told waits', () => {
  it('a later, longer estimate does not excuse the earlier one; each is missed once', () => {
    const waits = [nothing(0), told(1_000, 60, 120), told(60_000, 240, 300), told(70_000, 0, 60)];
    expect(nextMiss(waits, 0)).toBe(121_000);
    expect(missedBy(waits, 0, 120_999)).toEqual([]);
    expect(missedBy(waits, 0, 130_000)).toEqual([waits[1], waits[3]]);
    const marked = waits.map((one) => ({ ...one, missedAt: one.at < 60_000 ? 5 : 0 }));
    expect(nextMiss(marked, 0)).toBe(130_000);
    // What was told in another queue before is no promise of this one.
    expect(nextMiss(waits, 65_000)).toBe(130_000);
    expect(nextMiss([nothing(0)], 0)).toBeUndefined();
  });

  it('asking again at once is told nothing new; anything else is', () => {
    const waits = [told(1_000, 60, 120)];
    expect(toldAlready(waits, told(60_999, 60, 120))).toBe(true);
    for (const other of [
      told(61_000, 60, 120),
      told(2_000, 60, 180),
      told(2_000, 60, 120, { position: 2 }),
      told(2_000, 60, 120, { announced: true }),
      nothing(2_000),
    ])
      expect(toldAlready(waits, other)).toBe(false);
  });

  it('keeps the first and the latest', () => {
    let waits: ToldWait[] = [];
    for (let at = 1; at <= 30; at++) waits = withTold(waits, told(at, 0, 60));
    expect(waits).toHaveLength(20);
    expect([waits[0]!.at, waits[1]!.at, waits.at(-1)!.at]).toEqual([1, 12, 30]);
  });

  it('accuracy by hand: shares of what is settled, error against the middle', () => {
    const stay = (leftAt: number, result: string) => [{ queueId: 'q', enteredAt: 0, leftAt, result }];
    const items = [
      { waits: [told(0, 60, 120)], stays: stay(90_000, 'answered') }, // within, error 0
      { waits: [told(0, 60, 120), nothing(10_000)], stays: stay(150_000, 'answered') }, // longer, error 60
      { waits: [told(0, 60, 120)], stays: stay(30_000, 'answered') }, // shorter, error 60
      { waits: [told(0, 60, 120)], stays: stay(30_000, 'abandoned') }, // left too early to say
      { waits: [told(0, 60, 120)], stays: stay(0, '') }, // still waits, past it
      { waits: [told(999_000, 60, 120)], stays: stay(0, '') }, // told at the very end: open
      { waits: [told(2_000_000, 60, 120)], stays: stay(0, '') }, // after the interval
      { stays: stay(10_000, 'answered') },
    ];
    expect(accuracyOf(items, 'q', 0, 1_000_000)).toEqual({
      told: 7,
      estimated: 6,
      settled: 4,
      within: 1,
      longer: 2,
      shorter: 1,
      meanAbsoluteError: 40,
    });
    expect(accuracyOf(items, 'other', 0, 1_000_000)).toMatchObject({ told: 0, meanAbsoluteError: undefined });
  });
});

describe('notices', () => {
  const notices = { firstAfterSeconds: 10, repeatSeconds: 30, position: true, estimate: true, texts: { en: 'Hello.' } };

  it.each([
    [
      'en-GB',
      3,
      { kind: 'range' as const, fromSeconds: 120, toSeconds: 240 },
      'Hello. You are number 3 in line. It will take about 2 to 4 minutes.',
    ],
    [
      'fr',
      1,
      { kind: 'range' as const, fromSeconds: 0, toSeconds: 60 },
      'Hello. You are next in line. It will take less than a minute.',
    ],
    [
      'de',
      2,
      { kind: 'none' as const, reason: 'NO_AGENTS' as const },
      'Hello. Sie sind Nummer 2 in der Warteschlange. Wir können noch nicht sagen, wie lange es dauert.',
    ],
    [
      'zh-CN',
      2,
      { kind: 'range' as const, fromSeconds: 60, toSeconds: 120 },
      'Hello. 您排在第 2 位。 预计还需等待 1 至 2 分钟。',
    ],
  ])('%s, number %i', (language, position, estimate, text) => {
    expect(noticeText(notices, language, position, estimate)).toBe(text);
  });

  it('come after the first time again and again, and begin anew in the next queue', () => {
    expect(nextNotice(undefined, 0, 0)).toBeUndefined();
    expect(nextNotice(notices, 1_000, 0)).toBe(11_000);
    expect(nextNotice(notices, 1_000, 11_000)).toBe(41_000);
    expect(nextNotice({ ...notices, repeatSeconds: 0 }, 1_000, 11_000)).toBeUndefined();
    expect(nextNotice(notices, 50_000, 11_000)).toBe(60_000);
  });
});

describe('callbacks', () => {
  const callback = {
    phone: '+493012345678',
    notBefore: 1_000,
    notAfter: 100_000,
    attempts: 0,
    maxAttempts: 2,
    retrySeconds: 10,
    nextAt: 1_000,
    from: 'voice',
  };
  it('is held until its window, tried so often, and never past its window', () => {
    expect([isHeld(callback, 999), isHeld(callback, 1_000), isHeld(undefined, 0)]).toEqual([true, false, false]);
    const second = afterMiss(callback, 5_000)!;
    expect(second).toMatchObject({ attempts: 1, nextAt: 15_000 });
    expect(afterMiss(second, 20_000)).toBeUndefined();
    expect(afterMiss(callback, 90_000)).toBeUndefined();
  });
});
