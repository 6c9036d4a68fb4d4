export interface Ratio {
  median: number;
  low: number;
  high: number;
  pairs: number;
}

export const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Nearest-rank percentile of unsorted values. */
export const percentile = (values: number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
};

export const ratioOf = (pairs: { ours: number; floor: number }[]): Ratio => {
  const ratios = pairs.map(({ ours, floor }) => ours / floor);
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios), pairs: ratios.length };
};

export interface PairOptions {
  pairs?: number | undefined;
  /** False leaves out the pair that does not count: for a look at correctness, not at speed. */
  warmUp?: boolean | undefined;
}

/** What a pair is called: the one before the first does not count. */
export const pairName = (index: number): string => (index < 0 ? 'warm-up' : `pair ${index + 1}`);

/** Floor, ours, floor, ours …: one warm-up pair that does not count, then `pairs`. The order within a pair alternates. */
export const interleave = async <T>(
  { pairs = 5, warmUp = true }: PairOptions,
  ours: () => Promise<T>,
  floor: () => Promise<T>,
  seen: (pair: { ours: T; floor: T }, index: number) => void = () => undefined,
): Promise<{ ours: T; floor: T }[]> => {
  const results: { ours: T; floor: T }[] = [];
  for (let i = warmUp ? -1 : 0; i < pairs; i++) {
    const floorFirst = i % 2 === 0;
    const a = floorFirst ? await floor() : await ours();
    const b = floorFirst ? await ours() : await floor();
    const pair = floorFirst ? { ours: b, floor: a } : { ours: a, floor: b };
    if (i >= 0) results.push(pair);
    seen(pair, i);
  }
  return results;
};
