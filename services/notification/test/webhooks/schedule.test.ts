import * as fc from 'fast-check';
import type { Breaker } from '../../src/domain/webhooks/breaker';
import { afterOutage, allowed, closed } from '../../src/domain/webhooks/breaker';
import { wants } from '../../src/domain/webhooks/filter';
import { isOutage, nextAttempt } from '../../src/domain/webhooks/schedule';

const HOUR = 3_600_000;
const schedule = { firstMs: 5_000, giveUpMs: 72 * HOUR };
const failure = (at: number, retryAfterMs?: number) => ({ at, status: 503, reason: '', tookMs: 1, retryAfterMs });

/** Moments of all attempts of a delivery that always fails. */
const attempts = (chance: () => number): number[] => {
  const moments = [0];
  for (let n = 1; ; n++) {
    const next = nextAttempt(schedule, n, 0, failure(moments.at(-1)!), chance());
    if (next === undefined) return moments;
    moments.push(next);
  }
};

describe('retries', () => {
  it('come after 5 s, 30 s, 2, 10, 30 min, 1, 2, 4 h and then every 8 h, for three days', () => {
    const moments = attempts(() => 0.5);
    const waits = moments.slice(1).map((at, i) => (at - moments[i]!) / 1_000);
    expect(waits.slice(0, 9)).toEqual([5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800]);
    expect(new Set(waits.slice(9))).toEqual(new Set([28_800]));
    expect(moments.at(-1)).toBeLessThanOrEqual(72 * HOUR);
    expect(moments.at(-1)).toBeGreaterThan(63 * HOUR);
  });

  it('are spread by a fifth, never beyond the time to give up', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }), (chances) => {
        let i = 0;
        const moments = attempts(() => chances[i++ % chances.length]!);
        expect(moments.length).toBeGreaterThan(12);
        expect(moments.every((at, n) => n === 0 || at > moments[n - 1]!)).toBe(true);
        expect(moments.at(-1)).toBeLessThanOrEqual(72 * HOUR);
        expect(moments[1]).toBeGreaterThanOrEqual(4_000);
        expect(moments[1]).toBeLessThanOrEqual(6_000);
      }),
      { examples: [[Array(60).fill(0)], [Array(60).fill(1)]] },
    );
  });

  it('wait as long as the receiver asks, an hour at most', () => {
    expect(nextAttempt(schedule, 1, 0, failure(0, 60_000), 0.5)).toBe(60_000);
    expect(nextAttempt(schedule, 1, 0, failure(0, 1_000), 0.5)).toBe(5_000);
    expect(nextAttempt(schedule, 1, 0, failure(0, 99 * HOUR), 0.5)).toBe(HOUR);
  });
});

describe('the breaker of a destination', () => {
  const outages = (n: number, at: number, from: Breaker = closed): Breaker =>
    Array.from({ length: n }).reduce<Breaker>((breaker) => afterOutage(breaker, at, 1_000), from);

  it('opens at the fifth outage in a row, lets one find out, and opens for longer each time', () => {
    expect(allowed(outages(4, 0), 0, 4)).toBe(4);
    let breaker = outages(5, 0);
    expect([allowed(breaker, 999, 4), allowed(breaker, 1_000, 4)]).toEqual([0, 1]);
    const waits: number[] = [];
    for (let at = breaker.openUntil; waits.length < 9; at = breaker.openUntil) {
      breaker = afterOutage(breaker, at, 1_000);
      waits.push((breaker.openUntil - at) / 1_000);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 120, 120, 120]);
  });

  it('is not moved by those who were under way when it opened', () => {
    const open = outages(5, 0);
    expect(outages(3, 500, open).openUntil).toBe(open.openUntil);
  });

  it('is about outages, not about messages', () => {
    const of = (status: number) => isOutage({ at: 0, status, reason: '', tookMs: 0 });
    expect([0, 429, 500, 503].map(of)).toEqual([true, true, true, true]);
    expect([301, 400, 401, 404, 410, 422].map(of)).toEqual([false, false, false, false, false, false]);
  });
});

describe('the filter', () => {
  it.each([
    [[], 'throughline.sla.v1.ClockStarted', true],
    [['throughline.sla.v1.ClockStarted'], 'throughline.sla.v1.ClockStarted', true],
    [['throughline.sla.v1.Clock'], 'throughline.sla.v1.ClockStarted', false],
    [['throughline.sla.v1.*'], 'throughline.sla.v1.ClockStarted', true],
    [['throughline.sla.v1.*'], 'throughline.sla.v10.ClockStarted', false],
    [['throughline.sla.v1.*'], 'throughline.routing.v1.OfferMade', false],
  ])('%j of %s: %s', (wanted, type, expected) => expect(wants(wanted, type)).toBe(expected));
});
