import { isZone } from '@throughline/core';
import type { DayOfContacts } from '../src/domain/forecast';
import { backtest, daysByNumber, dispersionAt, forecastDay, intervalOf, levelAt } from '../src/domain/forecast';
import { localTime, startOfDay } from '../src/domain/local-time';
import { daysOf } from '../src/domain/plan-days';
import { campaignPart, staffInterval, withCampaign } from '../src/domain/staff-forecast';
import { expectWith, staffingFor } from '../src/domain/staffing';

const weekdayOf = (day: number): number => (day + 4) % 7;
/** Days before day 20,000, from `first` on. */
const daysFrom = (first: number, contacts: (day: number) => number[], until = 20_000) =>
  daysByNumber(
    Array.from({ length: until - first }, (_none, i): DayOfContacts => {
      const day = first + i;
      return { day, weekday: weekdayOf(day), contacts: contacts(day) };
    }),
  );

describe('the forecast of a day', () => {
  it('is the mean of earlier days of its weekday, each week back weighing 0.7 of the next', () => {
    // Weeks before: 100, 80, 60 → (100 + 0.7·80 + 0.49·60) / 2.19 = 84.6575; the level stays 1, for the last week went as ever.
    const own = new Map([
      [19_993, 100],
      [19_986, 80],
      [19_979, 60],
    ]);
    const days = daysByNumber(
      [...own].map(([day, contacts]) => ({ day, weekday: weekdayOf(day), contacts: [contacts, contacts / 10] })),
    );
    const [first, second] = forecastDay(days, 20_000, 19_986 + 14)!;
    const level = levelAt(days, 20_000);
    // The last week held one day with a forecast: 100 came, (80 + 0.7·60) / 1.7 = 71.7647 were expected; √1.39344 = 1.18044.
    expect(level).toBeCloseTo(1.18044, 5);
    expect(first).toBeCloseTo(84.6575 * level, 3);
    expect(second).toBeCloseTo(8.46575 * level, 4);
  });

  it.each([
    ['a week like the others leaves the level at 1', () => [50], 1],
    ['a week of 21 % more raises it by 10 %', (day: number) => [day >= 19_993 ? 121 : 100], 1.1],
    ['ten times as many are not believed', (day: number) => [day >= 19_993 ? 1_000 : 100], 2],
    ['nor that almost nobody comes any more', (day: number) => [day >= 19_993 ? 1 : 100], 0.5],
  ])('%s', (_what, contacts, level) => {
    expect(levelAt(daysFrom(19_940, contacts), 20_000)).toBeCloseTo(level, 6);
  });

  it('needs two days of the weekday, and looks at nothing from its origin on', () => {
    const days = daysFrom(19_986, () => [10], 20_010);
    expect(forecastDay(days, 20_000, 20_000)).toEqual([10]);
    expect(forecastDay(days, 20_000, 19_993)).toBeUndefined();
    const wild = daysByNumber([...days.values()].map((one) => (one.day >= 20_000 ? { ...one, contacts: [999] } : one)));
    expect(forecastDay(wild, 20_006, 20_000)).toEqual([10]);
  });
});

describe('what may come', () => {
  it.each([
    // Poisson(10): P(≤5) 0.0671, P(≤6) 0.1301; P(≤13) 0.8645, P(≤14) 0.9165.
    [10, 0, 6, 14],
    // With a dispersion of 0.1 the mixture is the negative binomial of size 10 and p ½: P(≤4) 0.0898, P(≤5) 0.1509; P(≤15) 0.8852, P(≤16) 0.9157.
    [10, 0.1, 5, 16],
    [0, 0, 0, 0],
    // 1.281552·√(400 + 0.01·160,000) = 57.31
    [400, 0.01, 342, 458],
  ])('mean %d with a dispersion of %d: from %d to %d', (mean, dispersion, low, high) => {
    expect(intervalOf(mean, dispersion)).toEqual({ contacts: mean, low, high });
  });

  it('contacts without scatter have none beyond Poisson', () => {
    expect(
      dispersionAt(
        daysFrom(19_900, () => [50, 20]),
        20_000,
      ),
    ).toBe(0);
  });
});

describe('the backtest', () => {
  it('says nothing where there is nothing to compare', () => {
    expect(
      backtest(
        daysFrom(19_995, () => [10]),
        19_986,
        20_000,
      ),
    ).toEqual({ days: 0, intervals: 0, contacts: 0 });
  });

  it('counts errors over contacts, beside those of a week before', () => {
    // Every other week 100 and 80: as many as a week before is always 20 off.
    const days = daysFrom(19_900, (day) => [Math.floor(day / 7) % 2 === 0 ? 100 : 80]);
    const found = backtest(days, 19_986, 20_000);
    expect(found).toMatchObject({ days: 14, intervals: 14, contacts: 7 * 180 });
    expect(found.naiveWape).toBeCloseTo((14 * 20) / (7 * 180), 9);
    expect(found.naiveDayWape).toBeCloseTo(found.naiveWape!, 9);
    const errors = Array.from({ length: 14 }, (_none, i) => {
      const day = 19_986 + i;
      return Math.abs(forecastDay(days, day, day)![0]! - days.get(day)!.contacts[0]!);
    });
    expect(found.wape).toBeCloseTo(errors.reduce((all, one) => all + one, 0) / (7 * 180), 9);
  });

  it('beats the naive forecast on a queue with weekdays, a curve of the day and a rate that nobody knows', () => {
    let seed = 42;
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return (seed + 0.5) / 2_147_483_648;
    };
    const poisson = (mean: number): number => {
      let product = random();
      let count = 0;
      for (const limit = Math.exp(-mean); product > limit; count++) product *= random();
      return count;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    const weekly = [0.4, 1.3, 1.1, 1, 1, 0.9, 0.5];
    const days = daysFrom(19_888, (day) => {
      const factor = weekly[weekdayOf(day)]! * Math.exp(0.1 * normal());
      return Array.from({ length: 48 }, (_none, k) =>
        k < 16 || k >= 40 ? 0 : poisson(factor * 40 * Math.sin(((k - 15.5) / 25) * Math.PI)),
      );
    });
    const found = backtest(days, 19_972, 20_000);
    expect(found).toMatchObject({ days: 28, intervals: 28 * 48 });
    expect(found.wape!).toBeLessThan(found.naiveWape! * 0.85);
    expect(found.dayWape!).toBeLessThan(found.naiveDayWape!);
    expect(Math.abs(found.bias!)).toBeLessThan(0.05);
    // Of the intervals in which somebody may come; in the others nobody comes and nobody is expected.
    const open = (found.covered! * 48 - 24) / 24;
    expect(open).toBeGreaterThan(0.74);
    expect(open).toBeLessThan(0.9);
  });
});

describe('local days', () => {
  it('know zones, and days of 23 and 25 hours', () => {
    expect([isZone('Europe/Berlin'), isZone('Nowhere/City')]).toEqual([true, false]);
    const day = Date.UTC(2026, 2, 29) / 86_400_000;
    const length = (one: number) =>
      (startOfDay('Europe/Berlin', one + 1) - startOfDay('Europe/Berlin', one)) / 3_600_000;
    expect([length(day - 1), length(day), length(Date.UTC(2026, 9, 25) / 86_400_000)]).toEqual([24, 23, 25]);
    expect(localTime('Asia/Kathmandu', Date.UTC(2026, 2, 1, 18, 15))).toEqual({
      day: Date.UTC(2026, 2, 2) / 86_400_000,
      weekday: 1,
      minute: 0,
    });
  });

  it('put contacts where the queue is; days without any count, closed ones do not', () => {
    const zone = 'Asia/Shanghai';
    const first = Date.UTC(2026, 2, 2) / 86_400_000;
    const from = startOfDay(zone, first);
    const at = (day: number, hour: number) => from + (day * 24 + hour) * 3_600_000;
    const arrivals = [
      { at: at(0, 9), contacts: 3 },
      { at: at(0, 9.25), contacts: 2 },
      { at: at(2, 23.75), contacts: 1 },
    ];
    const days = daysOf(arrivals, zone, 1_800_000, from, at(4, 0), new Set([first + 3]));
    expect(days.map(({ day, weekday }) => [day - first, weekday])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect([days[0]!.contacts[18], days[2]!.contacts[47], days[1]!.contacts.length]).toEqual([5, 1, 48]);
  });
});

describe('staffing of a forecast', () => {
  // W4: 100 contacts in half an hour, 180 s, 80 % in 20 s, at most 85 % occupied, 30 % shrinkage: 14 agents, 20 scheduled, 88.84 %.
  const interval = { from: 0, to: 1_800_000, contacts: 100, low: 87, high: 113 };
  const goal = { handleSeconds: 180, thresholdSeconds: 20, serviceLevel: 0.8, maxOccupancy: 0.85, shrinkage: 0.3 };

  it('is what Erlang C says of it', () => {
    const found = staffInterval(interval, goal, 14, false)!;
    expect(found).toMatchObject({ agents: 14, scheduled: 20, shortBy: 0 });
    expect(found.serviceLevel).toBeCloseTo(0.8884, 4);
    expect(found.occupancy).toBeCloseTo(0.7143, 4);
    expect(staffInterval(interval, goal, 12, false)!.shortBy).toBe(2);
    const high = staffInterval(interval, goal, 14, true)!;
    expect(high.agents).toBe(staffingFor({ ...goal, contacts: 113, intervalSeconds: 1_800 })!.agents);
    expect(high.serviceLevel).toBe(expectWith({ ...goal, contacts: 113, intervalSeconds: 1_800 }, 14).serviceLevel);
    expect(staffInterval({ ...interval, contacts: 0, low: 0, high: 0 }, goal, 3, false)).toMatchObject({
      agents: 0,
      shortBy: 0,
    });
  });

  it('a campaign adds its part of the interval', () => {
    const campaign = { contacts: 300, from: 900_000, to: 6_300_000 };
    expect(campaignPart(campaign, interval)).toBeCloseTo(50, 9);
    expect(campaignPart(campaign, { from: 7_200_000, to: 9_000_000 })).toBe(0);
    expect(withCampaign(interval, campaign)).toMatchObject({ contacts: 150, low: 137, high: 163 });
    expect(withCampaign(interval, undefined)).toEqual(interval);
  });
});
