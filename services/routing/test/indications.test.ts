import { noCounts as none } from '../src/domain/attended';
import type { Sums } from '../src/domain/indications';
import { expectedByChance, indicationsOf, strainOf, sumUp, zOfRates, zOfShares } from '../src/domain/indications';

const sums = (over: Partial<Sums>): Sums => ({ ...none, ...over });
const noAnswer = (own: Partial<Sums>, others: Partial<Sums>) =>
  indicationsOf(sums(own), sums(others)).find(({ pattern }) => pattern === 'no_answer')!;

describe('indications', () => {
  it('compare a share with that of the others, pooled', () => {
    // 20 of 250 against 100 of 5,000: pooled 120/5,250, standard error 0.0096854, z = 0.06 / 0.0096854 = 6.195.
    expect(zOfShares(20, 250, 100, 5_000)).toBeCloseTo(6.195, 3);
    const found = noAnswer({ offers: 250, unanswered: 20 }, { offers: 5_000, unanswered: 100 });
    expect(found).toMatchObject({ finding: 'NOTABLE', count: 20, n: 250, share: 0.08, peerN: 5_000, baseRate: 0.02 });
    // Wilson for 20 of 250: 0.0524 to 0.1203.
    expect(found.low).toBeCloseTo(0.0524, 4);
    expect(found.high).toBeCloseTo(0.1203, 4);
  });

  it.each([
    [
      'three standard errors are not more than three',
      { offers: 250, unanswered: 11 },
      { offers: 5_000, unanswered: 100 },
      'USUAL',
    ],
    [
      'fewer than the others is nothing to look at',
      { offers: 250, unanswered: 0 },
      { offers: 5_000, unanswered: 100 },
      'USUAL',
    ],
    [
      '199 offers say nothing, whatever they show',
      { offers: 199, unanswered: 199 },
      { offers: 5_000, unanswered: 100 },
      'TOO_FEW',
    ],
    ['200 do', { offers: 200, unanswered: 199 }, { offers: 5_000, unanswered: 100 }, 'NOTABLE'],
    ['too few others say nothing either', { offers: 250, unanswered: 20 }, { offers: 199, unanswered: 1 }, 'TOO_FEW'],
    ['nobody ever missed one', { offers: 250 }, { offers: 5_000 }, 'USUAL'],
    ['nothing at all', {}, {}, 'TOO_FEW'],
  ])('%s', (_what, own, others, finding) => {
    expect(noAnswer(own, others).finding).toBe(finding);
  });

  it('a falling volume is strain: 90 contacts in 30 hours against 800 in 160', () => {
    // Of 890 in 190 hours 140.526 were to be expected in 30; standard error √(890·(30/190)·(160/190)) = 10.878.
    expect(zOfRates(90, 30, 800, 160)).toBeCloseTo((90 - 140.526) / 10.878, 3);
    const hour = 3_600_000;
    const before = sums({ answered: 800, attendedMs: 160 * hour });
    expect(strainOf(sums({ answered: 90, attendedMs: 30 * hour }), before)).toMatchObject({
      finding: 'NOTABLE',
      hours: 30,
    });
    expect(strainOf(sums({ answered: 150, attendedMs: 30 * hour }), before).finding).toBe('USUAL');
    // Who is away takes nothing, and that says nothing.
    expect(strainOf(sums({}), before).finding).toBe('TOO_FEW');
    expect(
      strainOf(sums({ answered: 9, attendedMs: 30 * hour }), sums({ answered: 199, attendedMs: 160 * hour })).finding,
    ).toBe('TOO_FEW');
  });

  it('say how many are notable by chance', () => {
    expect(expectedByChance(1_000)).toBeCloseTo(1.35, 6);
    expect(sumUp([sums({ offers: 2 }), sums({ offers: 3, hard: 1 })])).toEqual(sums({ offers: 5, hard: 1 }));
  });
});
