/**
 * Contacts to expect per interval of a day.
 *
 * A day is forecast from earlier days of its weekday, the latest weighing most, raised or lowered by how the last week went:
 *
 *   ŷ(d,k) = L · Σ wᵢ·y(d−7i,k) / Σ wᵢ      wᵢ = (1−α)^(i−1), α = 0.3, i = 1 … 8
 *   L      = (Σ last seven days / Σ what this formula without L said of them)^½, between ½ and 2
 *
 * Seasonal smoothing by weekday with a common level, as surveyed by Ibrahim, Ye, L'Ecuyer and Shen (2016, Int. J. Forecasting 32:865)
 * and Taylor (2008, Management Science 54:253). Contacts scatter more than Poisson's law says, because the rate itself is not known
 * (Jongbloed and Koole 2001, Appl. Stoch. Models Bus. Ind. 17:307): the variance is μ + φ·μ², φ from the errors made on days that are over.
 */

/** One day of a queue: contacts by interval, from local midnight on. */
export interface DayOfContacts {
  /** Days since 1970-01-01 where the queue is. */
  day: number;
  /** 0 = Sunday. */
  weekday: number;
  contacts: number[];
}

const ALPHA = 0.3;
const WEEKS = 8;
/** Days of the same weekday without which nothing is forecast. */
export const LEAST_WEEKS = 2;
const LEVEL_DAYS = 7;
const LEVEL_LEAST = 0.5;
const LEVEL_MOST = 2;
/** Days whose errors say how much contacts scatter. */
const ERROR_DAYS = 28;
const Z80 = 1.281552;
/** Days of history that a forecast and the judgement of it look at. */
export const HISTORY_DAYS = 7 * WEEKS + ERROR_DAYS;

/** The days by number: the form in which they are looked up. */
export type Days = ReadonlyMap<number, DayOfContacts>;

export const daysByNumber = (days: Iterable<DayOfContacts>): Days => new Map([...days].map((one) => [one.day, one]));

/** Earlier days of the same weekday, before `origin`, the latest first, with their weights. */
const sameWeekday = (days: Days, day: number, origin: number): { one: DayOfContacts; weight: number }[] => {
  const found: { one: DayOfContacts; weight: number }[] = [];
  let weight = 1;
  for (let at = day - 7; found.length < WEEKS && at > day - 7 * (WEEKS + 10); at -= 7) {
    const one = at < origin ? days.get(at) : undefined;
    if (!one) continue;
    found.push({ one, weight });
    weight *= 1 - ALPHA;
  }
  return found;
};

/** What earlier days of the weekday say, by interval; undefined when there are too few. */
const seasonal = (days: Days, day: number, origin: number): number[] | undefined => {
  const same = sameWeekday(days, day, origin);
  if (same.length < LEAST_WEEKS) return undefined;
  const total = same.reduce((sum, { weight }) => sum + weight, 0);
  const length = Math.max(...same.map(({ one }) => one.contacts.length));
  return Array.from(
    { length },
    (_none, k) => same.reduce((sum, { one, weight }) => sum + weight * (one.contacts[k] ?? 0), 0) / total,
  );
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How the days just before `origin` went against what was to be expected of them. */
export const levelAt = (days: Days, origin: number): number => {
  let came = 0;
  let expected = 0;
  for (let day = origin - LEVEL_DAYS; day < origin; day++) {
    const one = days.get(day);
    const said = one && seasonal(days, day, origin - LEVEL_DAYS);
    if (!said) continue;
    came += sum(one.contacts);
    expected += sum(said);
  }
  if (expected <= 0) return 1;
  return Math.min(LEVEL_MOST, Math.max(LEVEL_LEAST, Math.sqrt(came / expected)));
};

/** Expected contacts of a day by interval, from days before `origin` alone; undefined when there are too few of its weekday. */
export const forecastDay = (days: Days, day: number, origin: number): number[] | undefined => {
  const base = seasonal(days, day, origin);
  if (!base) return undefined;
  const level = levelAt(days, origin);
  return base.map((value) => value * level);
};

/** How much more than by Poisson's law contacts scattered around forecasts, made `ahead` days before, of the days before `origin`. */
export const dispersionAt = (days: Days, origin: number, ahead = 1): number => {
  let beyond = 0;
  let squares = 0;
  for (let day = origin - ERROR_DAYS; day < origin; day++) {
    const one = days.get(day);
    const said = one && forecastDay(days, day, day - ahead + 1);
    if (!said) continue;
    for (const [k, mean] of said.entries()) {
      beyond += ((one.contacts[k] ?? 0) - mean) ** 2 - mean;
      squares += mean * mean;
    }
  }
  return squares > 0 ? Math.max(0, beyond / squares) : 0;
};

export interface Expectation {
  contacts: number;
  /** In four of five intervals as many come as lie between these. */
  low: number;
  high: number;
}

/** Smallest count that the mixture reaches with a probability of `share`. */
const quantile = (mean: number, dispersion: number, share: number): number => {
  // Poisson as the limit: the mixture with a dispersion this small is the same to six digits.
  const size = 1 / Math.max(dispersion, 1e-9);
  const ratio = mean / (size + mean);
  let probability = Math.exp(-size * Math.log1p(mean / size));
  let reached = probability;
  let count = 0;
  while (reached < share && count < 100_000) {
    probability *= ((size + count) / (count + 1)) * ratio;
    count++;
    reached += probability;
  }
  return count;
};

/** The interval of a mean. Beyond this mean the normal law is exact enough, and safe from underflow. */
const NORMAL_FROM = 200;

export const intervalOf = (mean: number, dispersion: number): Expectation => {
  if (mean <= 0) return { contacts: 0, low: 0, high: 0 };
  if (mean < NORMAL_FROM) {
    return { contacts: mean, low: quantile(mean, dispersion, 0.1), high: quantile(mean, dispersion, 0.9) };
  }
  const spread = Z80 * Math.sqrt(mean + dispersion * mean * mean);
  return { contacts: mean, low: Math.max(0, Math.floor(mean - spread)), high: Math.ceil(mean + spread) };
};

/** How forecasts of days that are over came true. */
export interface Backtest {
  days: number;
  /** Intervals that were compared. */
  intervals: number;
  contacts: number;
  /** Sum of the distances over the sum of the contacts. */
  wape?: number | undefined;
  /** The same of "as many as a week before", on the same intervals. */
  naiveWape?: number | undefined;
  /** Of whole days: what schedules live on. */
  dayWape?: number | undefined;
  naiveDayWape?: number | undefined;
  meanAbsoluteError?: number | undefined;
  /** Forecast less actual, over the contacts: above 0 too many were expected. */
  bias?: number | undefined;
  /** Share of intervals with as many contacts as the interval said; 0.8 is meant. */
  covered?: number | undefined;
}

/** Forecasts each day from what was known `ahead` days before, and compares. Days without a forecast or a week before them are left out. */
export const backtest = (days: Days, from: number, to: number, ahead = 1): Backtest => {
  const sums = { off: 0, naive: 0, dayOff: 0, dayNaive: 0, signed: 0, covered: 0 };
  const found = { days: 0, intervals: 0, contacts: 0 };
  for (let day = from; day < to; day++) {
    const origin = day - ahead + 1;
    const one = days.get(day);
    const weekBefore = days.get(day - 7 * Math.ceil(ahead / 7));
    const said = one && weekBefore && forecastDay(days, day, origin);
    if (!said) continue;
    const dispersion = dispersionAt(days, origin, ahead);
    found.days++;
    for (const [k, mean] of said.entries()) {
      const came = one.contacts[k] ?? 0;
      const { low, high } = intervalOf(mean, dispersion);
      found.intervals++;
      found.contacts += came;
      sums.off += Math.abs(came - mean);
      sums.signed += mean - came;
      sums.naive += Math.abs(came - (weekBefore.contacts[k] ?? 0));
      if (came >= low && came <= high) sums.covered++;
    }
    sums.dayOff += Math.abs(sum(one.contacts) - sum(said));
    sums.dayNaive += Math.abs(sum(one.contacts) - sum(weekBefore.contacts));
  }
  const of = (part: number, whole: number) => (whole > 0 ? part / whole : undefined);
  return {
    ...found,
    wape: of(sums.off, found.contacts),
    naiveWape: of(sums.naive, found.contacts),
    dayWape: of(sums.dayOff, found.contacts),
    naiveDayWape: of(sums.dayNaive, found.contacts),
    meanAbsoluteError: of(sums.off, found.intervals),
    bias: of(sums.signed, found.contacts),
    covered: of(sums.covered, found.intervals),
  };
};
