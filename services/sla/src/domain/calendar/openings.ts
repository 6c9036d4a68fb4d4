/** A piece of open time, in instants; `to` is not part of it. */
export interface Segment {
  from: number;
  to: number;
}

/** When somebody is there. Pieces come in order, do not touch the outside of the asked window, and never overlap. */
export interface Openings {
  segments(from: number, to: number): Iterable<Segment>;
}

const DAY = 86_400_000;

/** How far ahead a due moment may lie. What does not come within it is refused instead of looked for. */
export const HORIZON_MS = 20 * 366 * DAY;

/** First and last instant that is understood: years 1970 to 2199. */
export const EARLIEST = 0;
export const LATEST = Date.UTC(2200, 0, 1) - 1;

/** Round the clock: calendar time. */
export const always: Openings = {
  *segments(from, to) {
    if (from < to) yield { from, to };
  },
};

/** Open time between two instants; 0 when the end is not after the start. */
export const measure = (openings: Openings, from: number, to: number): number => {
  let sum = 0;
  for (const segment of openings.segments(from, to)) sum += segment.to - segment.from;
  return sum;
};

/**
 * The instant at which this much open time has passed. For 0 it is the next open moment. Undefined when it does not come
 * within the horizon: such a due moment is refused, not waited for.
 */
export const add = (openings: Openings, from: number, ms: number): number | undefined => {
  let left = ms;
  for (const segment of openings.segments(from, Math.min(from + HORIZON_MS, LATEST))) {
    const length = segment.to - segment.from;
    if (left <= length) return segment.from + left;
    left -= length;
  }
  return undefined;
};

/** Time that is open in both. */
export const intersect = (left: Openings, right: Openings): Openings => ({
  *segments(from, to) {
    const others = right.segments(from, to)[Symbol.iterator]();
    let other = others.next();
    for (const one of left.segments(from, to)) {
      while (!other.done && other.value.to <= one.from) other = others.next();
      while (!other.done && other.value.from < one.to) {
        const piece = { from: Math.max(one.from, other.value.from), to: Math.min(one.to, other.value.to) };
        if (piece.from < piece.to) yield piece;
        if (other.value.to > one.to) break;
        other = others.next();
      }
      if (other.done) return;
    }
  },
});
