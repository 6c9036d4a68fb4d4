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
