import type { Entry } from './print';

export type Verdict = { told: number; lost: number; doubled: number; reordered: number };

/** Compares what was told, in its order, with a timeline that is read oldest first. */
export function check(told: string[], entries: Pick<Entry, 'summary'>[]): Verdict {
  const places = told.map((text) => entries.flatMap(({ summary }, at) => (summary.includes(text) ? [at] : [])));
  const firsts = places.flatMap(([first]) => (first === undefined ? [] : [first]));
  return {
    told: told.length,
    lost: places.filter(({ length }) => length === 0).length,
    doubled: places.filter(({ length }) => length > 1).length,
    reordered: firsts.filter((place, at) => at > 0 && place < Math.max(...firsts.slice(0, at))).length,
  };
}
