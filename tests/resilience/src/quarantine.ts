/** One message that must be in quarantine, or one that is there: where it stood in its topic, and its bytes. */
export interface Quarantined {
  /** `<topic>/<partition>/<offset>` of the original. */
  place: string;
  value: Buffer;
}

export interface QuarantineVerdict {
  missing: number;
  altered: number;
  /** Letters of messages that are not bad. */
  innocent: number;
}

export const allQuarantined: QuarantineVerdict = { missing: 0, altered: 0, innocent: 0 };

/** Compares the bad messages with the dead letters, by place and byte by byte. A letter written twice counts once. */
export const judgeQuarantine = (bad: Iterable<Quarantined>, letters: Iterable<Quarantined>): QuarantineVerdict => {
  const verdict = { ...allQuarantined };
  const wanted = new Map([...bad].map(({ place, value }) => [place, value]));
  const found = new Map<string, boolean>();
  for (const { place, value } of letters) {
    const original = wanted.get(place);
    if (!original) verdict.innocent++;
    else found.set(place, (found.get(place) ?? true) && original.equals(value));
  }
  for (const place of wanted.keys()) {
    if (!found.has(place)) verdict.missing++;
    else if (!found.get(place)) verdict.altered++;
  }
  return verdict;
};

/** The value below which `share` of all values lie. */
export const percentile = (values: number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};
