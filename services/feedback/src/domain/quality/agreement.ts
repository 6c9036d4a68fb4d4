import type { MarkResult } from './scorecard';

/** Marks of one evaluator by item. */
export type Marks = Map<string, MarkResult>;

const results: readonly MarkResult[] = ['pass', 'fail', 'not_applicable'];
export const TOLERANCE = 10;

/** Share of items that all judged alike, 0 to 1. */
export const agreement = (raters: Marks[], items: string[]): number => {
  const alike = items.filter((item) => new Set(raters.map((marks) => marks.get(item))).size === 1);
  return items.length === 0 ? 1 : alike.length / items.length;
};

const corrected = (observed: number, expected: number): number | undefined =>
  expected >= 1 ? undefined : (observed - expected) / (1 - expected);

/** Cohen's kappa of two raters: agreement beyond that of chance. Undefined when both always say the same one thing. */
export const cohenKappa = (a: Marks, b: Marks, items: string[]): number | undefined => {
  if (items.length === 0) return undefined;
  const share = (marks: Marks, result: MarkResult): number =>
    items.filter((item) => marks.get(item) === result).length / items.length;
  const expected = results.reduce((sum, result) => sum + share(a, result) * share(b, result), 0);
  return corrected(agreement([a, b], items), expected);
};

/** Fleiss' kappa of any number of raters, by how many gave each category to each subject. */
export const fleissKappa = (counts: number[][]): number | undefined => {
  const subjects = counts.length;
  const raters = counts[0]?.reduce((sum, n) => sum + n, 0) ?? 0;
  if (subjects === 0 || raters < 2) return undefined;
  const perSubject = counts.map((row) => (row.reduce((sum, n) => sum + n * n, 0) - raters) / (raters * (raters - 1)));
  const observed = perSubject.reduce((sum, p) => sum + p, 0) / subjects;
  const categories = counts[0]!.map((_, j) => counts.reduce((sum, row) => sum + row[j]!, 0) / (subjects * raters));
  const expected = categories.reduce((sum, p) => sum + p * p, 0);
  return corrected(observed, expected);
};

/** How many gave each result to each item. */
export const countsOf = (raters: Marks[], items: string[]): number[][] =>
  items.map((item) => results.map((result) => raters.filter((marks) => marks.get(item) === result).length));
