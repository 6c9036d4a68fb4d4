import fc from 'fast-check';
import {
  erlangB,
  erlangC,
  estimatePatience,
  expectErlangA,
  expectErlangC,
  linesFor,
  waitPercentile,
} from '../src/domain/erlang';
import { estimateWait, waveEstimate } from '../src/domain/estimate';
import { scoreOf, standing } from '../src/domain/score';
import type { Outcome } from '../src/domain/service-level';
import { countOutcomes, serviceLevels } from '../src/domain/service-level';
import { staffingFor } from '../src/domain/staffing';

// Published figures carry four digits: 5e-4 is their own precision.
const near = (value: number | undefined, expected: number, tolerance = 5e-4) =>
  expect(Math.abs((value ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance);

const many = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome);

describe('Erlang', () => {
  it('W1: Erlang B and the lines for 2 % loss', () => {
    near(erlangB(1, 1), 0.5);
    near(erlangB(2, 1), 0.2);
    expect(linesFor(10, 0.02)).toBe(17);
    near(erlangB(17, 10), 0.012949, 5e-6);
    expect(Math.ceil(linesFor(10, 0.02) / (1 - 0.3))).toBe(25);
  });

  it('W3: 360 calls in 30 minutes, 240 s, 55 agents', () => {
    const queue = { arrivalsPerSecond: 360 / 1800, handleSeconds: 240, agents: 55 };
    const found = expectErlangC(queue, 15);
    expect(found.load).toBeCloseTo(48, 9);
    near(found.occupancy, 0.8727);
    near(found.waitProbability, 0.2387);
    near(found.averageWaitSeconds, 8.18, 5e-3);
    near(found.serviceLevel, 0.8459);
    // The percentile is the inverse of the service level.
    near(waitPercentile(queue, found.serviceLevel), 15, 1e-6);
  });

  it('W4: fewest agents for a goal, with shrinkage and an occupancy limit', () => {
    const need = { contacts: 100, intervalSeconds: 1800, handleSeconds: 180, serviceLevel: 0.8, shrinkage: 0.3 };
    const first = staffingFor({ ...need, thresholdSeconds: 20, maxOccupancy: 0.85 })!;
    expect([first.agents, first.scheduled]).toEqual([14, 20]);
    near(first.expected.serviceLevel, 0.8884);
    near(first.expected.occupancy, 0.7143);
    near(first.expected.waitProbability, 0.1741);
    near(first.expected.averageWaitSeconds, 7.84, 5e-3);
    const second = staffingFor({ ...need, thresholdSeconds: 19.8, maxOccupancy: 0.7 })!;
    expect([second.agents, second.scheduled]).toEqual([15, 22]);
    near(second.expected.serviceLevel, 0.941);
    near(second.expected.occupancy, 0.667);
    near(second.expected.waitProbability, 0.102);
  });

  it('W5: the same load with patience (Erlang A)', () => {
    const found = expectErlangA({ arrivalsPerSecond: 100 / 1800, handleSeconds: 180, agents: 14 }, 300, 20);
    near(found.waitProbability, 0.14526, 5e-6);
    near(found.abandonProbability, 0.013984, 5e-7);
    near(found.occupancy, 0.704297, 5e-7);
    near(found.averageWaitSeconds / 60, 0.069919, 5e-7);
    near(found.serviceLevel, 0.916792, 5e-7);
    // Leaving quick abandons out can only look better.
    expect(found.serviceLevelIgnoringAbandons).toBeGreaterThan(found.serviceLevel);
  });

  it('W8: M/M/2 with one erlang', () => near(erlangC(2, 1), 1 / 3, 1e-12));

  it('Erlang A comes to Erlang C as patience grows, and stays finite above capacity', () => {
    const queue = { arrivalsPerSecond: 0.2, handleSeconds: 240, agents: 55 };
    near(expectErlangA(queue, 1e9, 15).serviceLevel, expectErlangC(queue, 15).serviceLevel, 1e-5);
    const flooded = expectErlangA({ ...queue, agents: 40 }, 120, 15);
    expect(flooded.abandonProbability).toBeGreaterThan(1 - 40 / 48 - 0.01);
    expect(Number.isFinite(flooded.averageWaitSeconds)).toBe(true);
    expect(expectErlangC({ ...queue, agents: 40 }, 15)).toMatchObject({ serviceLevel: 0, waitProbability: 1 });
  });

  it('never asks for one agent too few or too many', () => {
    fc.assert(
      fc.property(
        fc.record({
          contacts: fc.integer({ min: 1, max: 2000 }),
          handleSeconds: fc.integer({ min: 10, max: 900 }),
          serviceLevel: fc.double({ min: 0.1, max: 0.99, noNaN: true }),
          patienceSeconds: fc.option(fc.integer({ min: 20, max: 900 }), { nil: undefined }),
        }),
        (given) => {
          const need = { ...given, intervalSeconds: 1800, thresholdSeconds: 20, maxOccupancy: 1, shrinkage: 0 };
          const { agents } = staffingFor(need)!;
          const level = (n: number) => {
            const queue = { arrivalsPerSecond: need.contacts / 1800, handleSeconds: need.handleSeconds, agents: n };
            const { patienceSeconds } = need;
            return (patienceSeconds ? expectErlangA(queue, patienceSeconds, 20) : expectErlangC(queue, 20))
              .serviceLevel;
          };
          expect(level(agents)).toBeGreaterThanOrEqual(need.serviceLevel);
          if (agents > 1) expect(level(agents - 1)).toBeLessThan(need.serviceLevel);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('estimates patience from all waiting, and not from nothing', () => {
    expect(estimatePatience(3000, 10)).toBe(300);
    expect(estimatePatience(3000, 0)).toBeUndefined();
  });
});

describe('service level', () => {
  it('W9: six variants of the same raw facts', () => {
    const outcomes = [
      ...many(860, { result: 'answered', waited: 20 }),
      ...many(140, { result: 'answered', waited: 21 }),
      ...many(10, { result: 'abandoned', waited: 5 }),
      ...many(10, { result: 'abandoned', waited: 20 }),
      ...many(40, { result: 'abandoned', waited: 60 }),
    ];
    const levels = serviceLevels(countOutcomes(outcomes, 20, 5));
    const expected = [83.02, 86.0, 81.13, 82.69, 82.08, 81.9];
    for (const [i, level] of Object.values(levels).entries()) near(level! * 100, expected[i]!, 5e-3);
  });

  it('W10: short abandons removed', () => {
    const outcomes = [
      ...many(200, { result: 'answered', waited: 12 }),
      ...many(100, { result: 'answered', waited: 40 }),
      ...many(50, { result: 'abandoned', waited: 9 }),
      ...many(50, { result: 'abandoned', waited: 90 }),
    ];
    near(serviceLevels(countOutcomes(outcomes, 20, 10))['SL-6']! * 100, 57.14, 5e-3);
  });

  it('a contact that moved on is neither answered nor abandoned, and nothing is no number', () => {
    const counts = countOutcomes([{ result: 'flow_out', waited: 3 }], 20, 5);
    expect(counts).toMatchObject({ offered: 1, flowOut: 1, answered: 0, abandoned: 0 });
    expect(serviceLevels(counts)['SL-1']).toBeUndefined();
  });
});

describe('waits and order', () => {
  it('W12: Vertical Wave', () => {
    const found = waveEstimate({
      position: 5,
      handleSeconds: 300,
      agents: 10,
      minimumAgents: 1,
      minimumWaitSeconds: 60,
    });
    expect(found).toBe(186);
  });

  it('says nothing when data are thin or nobody works, and never less than a minute of doubt', () => {
    const asked = { position: 3, agents: 5, handleSeconds: 200, sampleSize: 50 };
    expect(estimateWait({ ...asked, sampleSize: 9 })).toEqual({ kind: 'none', reason: 'TOO_LITTLE_DATA' });
    expect(estimateWait({ ...asked, agents: 0 })).toEqual({ kind: 'none', reason: 'NO_AGENTS' });
    expect(estimateWait(asked)).toEqual({ kind: 'range', fromSeconds: 0, toSeconds: 240 });
    expect(estimateWait({ ...asked, position: 50 })).toEqual({ kind: 'range', fromSeconds: 1680, toSeconds: 2340 });
  });

  it('W14: waited 5 minutes at priority 10 beats waited 14 minutes at priority 0', () => {
    const now = 1_000 * 60_000;
    expect(scoreOf(10, 1, now - 5 * 60_000, now)).toBe(15);
    expect(scoreOf(0, 1, now - 14 * 60_000, now)).toBe(14);
  });

  it('what is ordered by standing is ordered by score at every moment', () => {
    const contact = fc.record({ base: fc.integer({ min: 0, max: 100 }), at: fc.integer({ min: 0, max: 1e7 }) });
    fc.assert(
      fc.property(contact, contact, fc.integer({ min: 1e7, max: 1e9 }), (a, b, now) => {
        const byScore = Math.sign(scoreOf(a.base, 2, a.at, now) - scoreOf(b.base, 2, b.at, now));
        const byStanding = Math.sign(standing(a.base, 2, a.at) - standing(b.base, 2, b.at));
        if (Math.abs(standing(a.base, 2, a.at) - standing(b.base, 2, b.at)) > 1e-6) expect(byScore).toBe(byStanding);
      }),
    );
  });
});
