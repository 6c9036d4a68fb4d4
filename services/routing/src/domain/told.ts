import type { Estimate } from './estimate';

/** What a customer was told of the wait in a queue. */
export interface ToldWait {
  at: number;
  queueId: string;
  position: number;
  estimate: Estimate;
  /** Said or written to them; else they asked. */
  announced: boolean;
  /** When it was over while they still waited; 0 until then. */
  missedAt: number;
}

/** Told waits that are kept with one contact: the first, and the latest ones. */
const KEPT = 20;
/** Who asks again within a minute and hears the same was not told anew. */
const FRESH_MS = 60_000;

const sameEstimate = (a: Estimate, b: Estimate): boolean =>
  a.kind === 'range' && b.kind === 'range'
    ? a.fromSeconds === b.fromSeconds && a.toSeconds === b.toSeconds
    : a.kind === 'none' && b.kind === 'none' && a.reason === b.reason;

/** True when this is what was told a moment ago. */
export const toldAlready = (waits: readonly ToldWait[], told: ToldWait): boolean => {
  const last = waits.at(-1);
  return (
    last !== undefined &&
    told.at - last.at < FRESH_MS &&
    !told.announced &&
    last.queueId === told.queueId &&
    last.position === told.position &&
    sameEstimate(last.estimate, told.estimate)
  );
};

export const withTold = (waits: readonly ToldWait[], told: ToldWait): ToldWait[] =>
  waits.length < KEPT ? [...waits, told] : [waits[0]!, ...waits.slice(2), told];

/** When the wait is longer than was told; undefined when no range was told. */
export const promisedUntil = ({ at, estimate }: ToldWait): number | undefined =>
  estimate.kind === 'range' ? at + estimate.toSeconds * 1000 : undefined;

const openPromises = (waits: readonly ToldWait[], since: number): { told: ToldWait; until: number }[] =>
  waits.flatMap((told) => {
    const until = promisedUntil(told);
    return until !== undefined && told.missedAt === 0 && told.at >= since ? [{ told, until }] : [];
  });

/**
 * The earliest moment at which something told since then turns out too short. A later, longer estimate does not excuse the
 * earlier one.
 */
export const nextMiss = (waits: readonly ToldWait[], since: number): number | undefined => {
  const moments = openPromises(waits, since).map(({ until }) => until);
  return moments.length > 0 ? Math.min(...moments) : undefined;
};

/** What was told since then and is over now; the earliest promise first. */
export const missedBy = (waits: readonly ToldWait[], since: number, now: number): ToldWait[] =>
  openPromises(waits, since)
    .filter(({ until }) => until <= now)
    .sort((a, b) => a.until - b.until)
    .map(({ told }) => told);

export interface Accuracy {
  told: number;
  estimated: number;
  settled: number;
  within: number;
  longer: number;
  shorter: number;
  meanAbsoluteError?: number | undefined;
}

interface Told {
  waits?: ToldWait[] | undefined;
  stays: readonly { queueId: string; enteredAt: number; leftAt: number; result: string }[];
}

/** How well what was told in an interval came true. Who left unanswered counts only when the told wait was over by then. */
export const accuracyOf = (items: Iterable<Told>, queueId: string, from: number, to: number): Accuracy => {
  const found: Accuracy = { told: 0, estimated: 0, settled: 0, within: 0, longer: 0, shorter: 0 };
  let errors = 0;
  let answered = 0;
  for (const { waits = [], stays } of items) {
    for (const told of waits) {
      if (told.queueId !== queueId || told.at < from || told.at >= to) continue;
      found.told++;
      const { estimate } = told;
      if (estimate.kind !== 'range') continue;
      found.estimated++;
      const stay = stays.find((one) => one.enteredAt <= told.at && (one.leftAt === 0 || one.leftAt >= told.at));
      const end = stay?.leftAt ? Math.min(stay.leftAt, to) : to;
      const seconds = (end - told.at) / 1000;
      const over = seconds > estimate.toSeconds;
      const met = stay?.result === 'answered' && stay.leftAt < to;
      if (!met && !over) continue;
      found.settled++;
      if (over) found.longer++;
      else if (seconds < estimate.fromSeconds) found.shorter++;
      else found.within++;
      if (!met) continue;
      answered++;
      errors += Math.abs(seconds - (estimate.fromSeconds + estimate.toSeconds) / 2);
    }
  }
  return { ...found, meanAbsoluteError: answered > 0 ? errors / answered : undefined };
};
