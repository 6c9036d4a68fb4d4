export interface EffectVerdict {
  /** Effects that were promised and are not there. */
  missing: number;
  /** Effects that are there more than once. */
  repeated: number;
  /** Effects of nothing that was asked. */
  foreign: number;
  /** Requests whose answers are not all the same. */
  differing: number;
}

export const onceEach: EffectVerdict = { missing: 0, repeated: 0, foreign: 0, differing: 0 };

/** Compares what was asked with what came of it: every effect once, and every copy of a request the same answer. */
export const judgeEffects = (
  wanted: Iterable<string>,
  found: Iterable<string>,
  answers: Iterable<string[]> = [],
): EffectVerdict => {
  const verdict = { ...onceEach };
  const counts = new Map([...wanted].map((effect) => [effect, 0]));
  for (const effect of found) {
    const count = counts.get(effect);
    if (count === undefined) verdict.foreign++;
    else counts.set(effect, count + 1);
  }
  for (const count of counts.values()) {
    if (count === 0) verdict.missing++;
    else if (count > 1) verdict.repeated++;
  }
  for (const copies of answers) if (new Set(copies).size !== 1) verdict.differing++;
  return verdict;
};
