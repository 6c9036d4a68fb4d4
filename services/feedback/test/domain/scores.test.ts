import { wilson } from '@throughline/core';
import { netAdjustedWald, netScore, netWald, sampleSize, toTellApart } from '../../src/domain/score/interval';
import { methodWords, ranked, scoreOf } from '../../src/domain/score/score';

describe('intervals', () => {
  test('W35: half promoters, a third passives, a sixth detractors of 324', () => {
    const { score, variance } = netScore(162, 54, 324);
    expect(score).toBeCloseTo(1 / 3, 10);
    expect(variance).toBeCloseTo(5 / 9, 10);
    expect(Math.sqrt(variance / 324) * 100).toBeCloseTo(4.14, 2);
    const { low, high } = netWald(162, 54, 324);
    expect(low * 100).toBeCloseTo(25.2, 1);
    expect(high * 100).toBeCloseTo(41.4, 1);
  });

  test('W39: 85 of 100 by Wilson', () => {
    const { low, high } = wilson(85, 100);
    expect(low).toBeCloseTo(0.767, 3);
    expect(high).toBeCloseTo(0.907, 3);
  });

  test.each([
    [0, 10],
    [10, 10],
    [0, 1],
    [1, 1],
  ])('Wilson of %i of %i stays between nothing and all', (positive, n) => {
    const { low, high } = wilson(positive, n);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
    expect(high - low).toBeGreaterThan(0);
  });

  test('W40: answers for five points, of everybody and of a thousand', () => {
    expect(sampleSize(0.05)).toBe(385);
    expect(sampleSize(0.05, 1000)).toBe(278);
  });

  test('the adjusted interval holds the plain score and never leaves the scale', () => {
    const { low, high } = netAdjustedWald(162, 54, 324);
    expect(low).toBeLessThan(1 / 3);
    expect(high).toBeGreaterThan(1 / 3);
    expect(netAdjustedWald(5, 0, 5).high).toBeLessThanOrEqual(1);
    expect(netAdjustedWald(0, 5, 5).low).toBeGreaterThanOrEqual(-1);
    // By hand: n+3 = 13, promoters 10.75, detractors 0.75.
    const ten = netAdjustedWald(10, 0, 10);
    const p = 10.75 / 13;
    const d = 0.75 / 13;
    const half = 1.959964 * Math.sqrt((p + d - (p - d) ** 2) / 13);
    expect(ten.low).toBeCloseTo(p - d - half, 6);
  });

  test('telling apart takes the more answers the nearer the values are', () => {
    const half = { value: 50, variance: 2500 };
    expect(toTellApart(half, { value: 60, variance: 2400 })).toBe(377);
    expect(toTellApart(half, { value: 51, variance: 2499 })).toBeGreaterThan(10_000);
    expect(toTellApart(half, half)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('scores', () => {
  test.each([
    ['W38: eight happy, two not', { 5: 8, 1: 2 }, 80],
    ['W38: seven happy, one neutral, two not, over all answers', { 4: 7, 3: 1, 2: 2 }, 70],
    ['W38: 120 of 200', { 5: 60, 4: 60, 3: 80 }, 60],
  ])('%s', (_, distribution, value) => {
    expect(scoreOf('csat', '', distribution).value).toBeCloseTo(value, 10);
  });

  test('W38: the same seven, one and two by 100 less unhappy, under a name of its own', () => {
    const score = scoreOf('csat_not_unhappy', '', { 4: 7, 3: 1, 2: 2 });
    expect(score).toMatchObject({ n: 10, method: 'wilson', unit: 'percent' });
    expect(score.value).toBeCloseTo(80, 10);
    expect(methodWords('csat_not_unhappy')).toContain('100 less unhappy');
    expect(methodWords('csat')).toContain('4 and 5');
  });

  test('ten values: 8 to 10 are satisfied, 1 to 4 are not, and neither is counted as the other five', () => {
    const given = { 10: 50, 9: 20, 8: 15, 7: 4, 5: 1, 4: 6, 1: 4 };
    const score = scoreOf('csat_10', '', given);
    expect(score).toMatchObject({ n: 100, method: 'wilson', unit: 'percent', sampleTooSmall: false });
    expect(score.bands).toEqual({ positive: 85, neutral: 5, negative: 10 });
    // W39's 85 of 100.
    expect([score.value, score.low! / 100, score.high! / 100]).toEqual([
      85,
      expect.closeTo(0.767, 3),
      expect.closeTo(0.907, 3),
    ]);
    expect(scoreOf('csat_10_not_unhappy', '', given).value).toBeCloseTo(90, 10);
    // W38 on ten values: eight of ten, seven of ten with one neutral, 120 of 200.
    expect(scoreOf('csat_10', '', { 8: 5, 10: 3, 3: 2 }).value).toBeCloseTo(80, 10);
    expect(scoreOf('csat_10', '', { 9: 7, 6: 1, 2: 2 }).value).toBeCloseTo(70, 10);
    expect(scoreOf('csat_10_not_unhappy', '', { 9: 7, 6: 1, 2: 2 }).value).toBeCloseTo(80, 10);
    expect(scoreOf('csat_10', '', { 8: 120, 7: 80 }).value).toBeCloseTo(60, 10);
    expect(methodWords('csat_10')).toContain('8 to 10');
  });

  test.each<[Parameters<typeof scoreOf>[0], Record<string, number>, Record<string, number> | undefined]>([
    ['csat', { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 }, { positive: 2, neutral: 1, negative: 2 }],
    ['csat_not_unhappy', { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 }, { positive: 2, neutral: 1, negative: 2 }],
    ['nps', { 0: 1, 6: 1, 7: 1, 8: 1, 9: 1, 10: 1 }, { positive: 2, neutral: 2, negative: 2 }],
    ['ces', { 1: 1, 3: 1, 4: 1, 5: 1, 7: 1 }, { positive: 2, neutral: 1, negative: 2 }],
    ['effort', { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 }, { positive: 2, neutral: 1, negative: 2 }],
    ['rating', { 1: 1, 10: 1 }, undefined],
    ['yes_no', { 0: 1, 1: 1 }, undefined],
  ])('%s says how many were good, neither and bad', (kind, given, bands) => {
    expect(scoreOf(kind, '', given).bands).toEqual(bands);
  });

  test('CES as a mean of seven values, under its own words', () => {
    const given = { 7: 10, 5: 20, 2: 10 };
    expect(scoreOf('ces', '', given)).toMatchObject({ value: 75, unit: 'percent' });
    const score = scoreOf('ces_mean', '', given);
    // By hand: (70 + 100 + 20) / 40; squares 490 + 500 + 40, less 40 of the mean squared, by 39.
    const half = 1.959964 * Math.sqrt((1030 - 40 * 4.75 ** 2) / 39 / 40);
    expect(score).toMatchObject({ value: 4.75, unit: 'mean', method: 'normal_mean' });
    expect([score.low, score.high]).toEqual([expect.closeTo(4.75 - half, 5), expect.closeTo(4.75 + half, 5)]);
    expect(methodWords('ces_mean')).toContain('mean of 1 to 7');
  });

  test.each([
    ['csat', { 5: 85, 1: 15 }, { value: 85, low: 76.72, high: 90.69, method: 'wilson', unit: 'percent', n: 100 }],
    ['nps', { 9: 100, 10: 62, 7: 108, 0: 54 }, { value: 33.33, method: 'adjusted_wald', unit: 'points', n: 324 }],
    ['ces', { 5: 10, 7: 10, 3: 20 }, { value: 50, unit: 'percent', n: 40 }],
    ['effort', { 1: 20, 5: 20 }, { value: 3, unit: 'mean', method: 'normal_mean' }],
    ['yes_no', { 0: 10, 1: 30 }, { value: 75, unit: 'percent' }],
  ] as const)('%s says n, method and interval', (kind, distribution, expected) => {
    const score = scoreOf(kind, 'g', distribution);
    for (const [name, wanted] of Object.entries(expected)) {
      const got = score[name as 'value'];
      if (typeof wanted === 'number') expect(got).toBeCloseTo(wanted, 1);
      else expect(got).toBe(wanted);
    }
    expect(score.low!).toBeLessThanOrEqual(score.value!);
    expect(score.high!).toBeGreaterThanOrEqual(score.value!);
    expect(methodWords(kind)).toContain('95');
  });

  test('too few answers say how many are needed; none give no value', () => {
    expect(scoreOf('csat', '', { 5: 29 })).toMatchObject({ sampleTooSmall: true, neededN: 30 });
    expect(scoreOf('csat', '', { 5: 30 }, 1000)).toMatchObject({ sampleTooSmall: false, neededN: 278 });
    expect(scoreOf('csat', '', {}).value).toBeUndefined();
    expect(() => scoreOf('text', '', {})).toThrow('gives no score');
  });
});

describe('rankings', () => {
  const group = (name: string, happy: number, not: number) => scoreOf('csat', name, { 5: happy, 1: not });
  const reason = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      const { reason: why, metadata } = error as { reason: string; metadata: Record<string, string> };
      return { why, ...metadata };
    }
    return undefined;
  };

  test('an order that is certain is given, the best first', () => {
    const order = ranked('csat', [group('b', 40, 60), group('a', 90, 10)]);
    expect(order.map(({ group: name, rank }) => [name, rank])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    const effort = ranked('effort', [scoreOf('effort', 'hard', { 5: 100 }), scoreOf('effort', 'easy', { 1: 100 })]);
    expect(effort[0]!.group).toBe('easy');
  });

  test('intervals that overlap are refused, with the answers it would take', () => {
    expect(reason(() => ranked('csat', [group('a', 60, 40), group('b', 50, 50)]))).toEqual({
      why: 'SAMPLE_TOO_SMALL',
      groups: 'a,b',
      needed_n: '377',
    });
  });

  test('a group with few answers is refused', () => {
    expect(reason(() => ranked('csat', [group('a', 90, 10), group('b', 3, 3)]))).toEqual({
      why: 'SAMPLE_TOO_SMALL',
      groups: 'b',
      needed_n: '30',
    });
  });
});
