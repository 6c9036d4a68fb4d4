import { berlinTime, changeAt, courses, dueAfter, openBetween } from '../src/change-of-clock';

const [plain, over, at, winter] = courses as [(typeof courses)[0], ...typeof courses];
const HOUR = 3_600_000;

describe('what the day of the change should bring', () => {
  it('by hand: two hours less in the night of autumn, one less in each of 153, none in that of spring', () => {
    const from = winter!.since!;
    expect(openBetween(winter!, from, changeAt)).toBe(changeAt - from - (2 + 153) * HOUR);
    expect(dueAfter(winter!, from, openBetween(winter!, from, changeAt + 5_000))).toBe(changeAt + 5_000);
  });

  it('is closed for twenty seconds where an opening is skipped, and not at all where the closed hour is', () => {
    expect(dueAfter(at!, changeAt - 15_000, 5_000)).toBe(changeAt - 10_000);
    expect(dueAfter(at!, changeAt - 15_000, 5_001)).toBe(changeAt + 10_001);
    expect(dueAfter(at!, changeAt, 1_000)).toBe(changeAt + 11_000);
    for (const course of [plain, over!]) expect(dueAfter(course, changeAt - 1_000, 2_000)).toBe(changeAt + 1_000);
  });

  it('shows three o clock after one second before two', () => {
    expect([berlinTime(changeAt - 1_000), berlinTime(changeAt)]).toEqual([
      '2026-03-29T01:59:59',
      '2026-03-29T03:00:00',
    ]);
  });
});
