/** One fact as it was seen at the end of the line: whose it is, and its number there. */
export interface Seen {
  key: string;
  number: number;
}

export interface Verdict {
  lost: number;
  doubled: number;
  reordered: number;
  phantom: number;
}

export const perfect: Verdict = { lost: 0, doubled: 0, reordered: 0, phantom: 0 };

/**
 * Compares what was acknowledged with what is there, by ids. `sent` holds the numbers of each key in their order; `seen` is what an outside
 * reader found, in the order in which it found it.
 */
export const judge = (sent: Map<string, number[]>, seen: Iterable<Seen>): Verdict => {
  const verdict = { ...perfect };
  const found = new Map<string, Set<number>>();
  const last = new Map<string, number>();
  const wanted = new Map([...sent].map(([key, numbers]) => [key, new Set(numbers)]));
  for (const { key, number } of seen) {
    let numbers = found.get(key);
    if (!numbers) found.set(key, (numbers = new Set()));
    if (!wanted.get(key)?.has(number)) verdict.phantom++;
    if (numbers.has(number)) verdict.doubled++;
    else if (number < (last.get(key) ?? Number.NEGATIVE_INFINITY)) verdict.reordered++;
    numbers.add(number);
    last.set(key, Math.max(number, last.get(key) ?? number));
  }
  for (const [key, numbers] of wanted) for (const number of numbers) if (!found.get(key)?.has(number)) verdict.lost++;
  return verdict;
};
