import { createIdIndex, hashOf } from './id-index';

/** A contact that waits. `standing` is the part of its score that time does not change (see score.ts). */
export interface Waiting {
  id: string;
  standing: number;
}

/**
 * Lines of waiting contacts, best first, as plain arrays of numbers: the least memory per contact that still finds any of
 * them at once. Contacts are known by slot; a slot is -1 where there is none, and is used again after a removal.
 */
export interface Lines {
  size(): number;
  /** Whoever has the hash of the id at hand gives it. */
  slotOf(id: string, hash?: number): number;
  idAt(slot: number): string;
  lineAt(slot: number): number;
  standingAt(slot: number): number;
  /** Two bits that belong to the caller; they outlive the contact, with the slot. */
  flagsAt(slot: number): number;
  setFlags(slot: number, flags: number): void;
  /** For an id that does not wait. */
  push(line: number, item: Waiting, hash?: number): number;
  remove(slot: number): void;
  headOf(line: number): number;
  headStanding(line: number): number;
  count(line: number): number;
  /** How many of a line come before this standing and id. */
  before(line: number, standing: number, id: string): number;
  /** The first few of a line in order. */
  first(line: number, count: number): number[];
}

// A slot is one record of eight words: standing (two of them), that of the next (two), next, previous or place, line and lane,
// hash. With the next one's standing at hand, whoever is taken from the front touches no other record.
const WORDS = 8;
const DOUBLES = WORDS / 2;
const NEXT_STANDING = 1;
const NEXT = 4;
const PREVIOUS = 5;
const WHERE = 6;
const HASH = 7;

/**
 * Within a line, each lane is in order by itself. Contacts arrive by time, so those of one priority form a lane and take
 * their place at its end at no cost; four priorities need four lanes. Whatever fits no lane (put back at an old age, read
 * back in any order) is a stray and stands in a heap.
 */
const LANES = 4;
const STRAY = 4;
// Where a contact stands: line, then two bits of flags, then lane.
const LANE = 7;
const FLAGS_SHIFT = 3;
const FLAGS = 3 << FLAGS_SHIFT;
const LINE_SHIFT = 5;

// What is known of a line lies together: the first and the last of each lane.
const ENDS = 2 * LANES;

const resized = <A extends Int32Array | Float64Array>(old: A, make: (length: number) => A, length: number): A => {
  const next = make(length);
  next.set(old as never);
  return next;
};
const ints = (length: number) => new Int32Array(length);
const doubles = (length: number) => new Float64Array(length);

export const createLines = (): Lines => {
  let records = new Float64Array(1024 * DOUBLES);
  let words = new Int32Array(records.buffer);
  let room = 1024;
  const ids: string[] = [];
  let free = -1;
  // By line: slots of the first of each lane, then of the last; -1 where the lane is empty. And their standings.
  let ends = ints(0);
  let endsAt = doubles(0);
  // The first of each line, and its standing.
  let best = ints(0);
  let bestAt = doubles(0);
  let counts = ints(0);
  const strays: number[][] = [];
  let strayed = 0;
  let size = 0;
  // What was looked at last is most often what is asked for next.
  let lastSlot = -1;

  const standingAt = (slot: number): number => records[slot * DOUBLES]!;
  const get = (slot: number, word: number): number => words[slot * WORDS + word]!;
  const put = (slot: number, word: number, value: number): void => {
    words[slot * WORDS + word] = value;
  };
  const index = createIdIndex({ ids, stride: 1, hashAt: (slot) => get(slot, HASH) });

  const ahead = (a: number, b: number): boolean => {
    const difference = standingAt(a) - standingAt(b);
    return difference > 0 || (difference === 0 && ids[a]! < ids[b]!);
  };
  const set = (heap: number[], at: number, slot: number): void => {
    heap[at] = slot;
    put(slot, PREVIOUS, at);
  };
  const up = (heap: number[], from: number, slot: number): void => {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!ahead(slot, heap[parent]!)) break;
      set(heap, at, heap[parent]!);
      at = parent;
    }
    set(heap, at, slot);
  };
  const down = (heap: number[], from: number, slot: number): void => {
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && ahead(heap[child + 1]!, heap[child]!)) child++;
      if (!ahead(heap[child]!, slot)) break;
      set(heap, at, heap[child]!);
      at = child;
    }
    set(heap, at, slot);
  };
  const dropStray = (heap: number[], slot: number): void => {
    const at = get(slot, PREVIOUS);
    const last = heap.pop()!;
    if (last === slot) return;
    if (at > 0 && ahead(last, heap[(at - 1) >> 1]!)) up(heap, at, last);
    else down(heap, at, last);
  };

  const newSlot = (): number => {
    if (free >= 0) {
      const slot = free;
      free = get(slot, NEXT);
      return slot;
    }
    if (ids.length >= room) {
      room = Math.ceil(room * 1.5);
      records = resized(records, doubles, room * DOUBLES);
      words = new Int32Array(records.buffer);
    }
    ids.push('');
    return ids.length - 1;
  };
  const meet = (line: number): void => {
    if (line < counts.length) return;
    const old = counts.length;
    const length = Math.max(line + 1, old * 2, 16);
    counts = resized(counts, ints, length);
    best = resized(best, ints, length).fill(-1, old);
    bestAt = resized(bestAt, doubles, length);
    ends = resized(ends, ints, length * ENDS).fill(-1, old * ENDS);
    endsAt = resized(endsAt, doubles, length * ENDS);
  };
  /** The lane at whose end the contact belongs; `STRAY` when there is none. */
  const laneFor = (line: number, standing: number, id: string): number => {
    let open = STRAY;
    for (let lane = 0; lane < LANES; lane++) {
      const last = line * ENDS + LANES + lane;
      const tail = ends[last]!;
      if (tail < 0) {
        if (open === STRAY) open = lane;
        continue;
      }
      const at = endsAt[last]!;
      if (at > standing || (at === standing && ids[tail]! < id)) return lane;
    }
    return open;
  };
  const setBest = (line: number): void => {
    let found = -1;
    let standing = Number.NEGATIVE_INFINITY;
    for (let first = line * ENDS; first < line * ENDS + LANES; first++) {
      const head = ends[first]!;
      if (head < 0 || endsAt[first]! < standing) continue;
      if (found >= 0 && endsAt[first] === standing && ids[found]! < ids[head]!) continue;
      found = head;
      standing = endsAt[first]!;
    }
    const stray = strayed > 0 ? strays[line]?.[0] : undefined;
    if (stray !== undefined && (found < 0 || ahead(stray, found))) {
      found = stray;
      standing = standingAt(stray);
    }
    best[line] = found;
    bestAt[line] = standing;
  };
  const append = (slot: number, line: number, lane: number, standing: number): void => {
    const first = line * ENDS + lane;
    const last = first + LANES;
    const tail = ends[last]!;
    put(slot, NEXT, -1);
    put(slot, PREVIOUS, tail);
    if (tail < 0) {
      ends[first] = slot;
      endsAt[first] = standing;
    } else {
      put(tail, NEXT, slot);
      records[tail * DOUBLES + NEXT_STANDING] = standing;
    }
    ends[last] = slot;
    endsAt[last] = standing;
  };
  const unlink = (slot: number, line: number, lane: number): void => {
    const first = line * ENDS + lane;
    const last = first + LANES;
    const next = get(slot, NEXT);
    const nextAt = records[slot * DOUBLES + NEXT_STANDING]!;
    // What the first one says of a previous one is old: nobody asks it.
    if (ends[first] === slot) {
      ends[first] = next;
      endsAt[first] = nextAt;
      if (next < 0) ends[last] = -1;
      return;
    }
    const previous = get(slot, PREVIOUS);
    put(previous, NEXT, next);
    records[previous * DOUBLES + NEXT_STANDING] = nextAt;
    if (next < 0) {
      ends[last] = previous;
      endsAt[last] = standingAt(previous);
    } else put(next, PREVIOUS, previous);
  };

  return {
    size: () => size,
    slotOf(id, hash) {
      if (hash !== undefined) return index.get(id, hash);
      return lastSlot >= 0 && ids[lastSlot] === id ? lastSlot : index.get(id, hashOf(id));
    },
    idAt(slot) {
      lastSlot = slot;
      return ids[slot]!;
    },
    lineAt: (slot) => get(slot, WHERE) >> LINE_SHIFT,
    standingAt,
    flagsAt: (slot) => (get(slot, WHERE) & FLAGS) >> FLAGS_SHIFT,
    setFlags(slot, flags) {
      put(slot, WHERE, (get(slot, WHERE) & ~FLAGS) | (flags << FLAGS_SHIFT));
    },
    push(line, { id, standing }, hash = hashOf(id)) {
      meet(line);
      const slot = newSlot();
      ids[slot] = id;
      records[slot * DOUBLES] = standing;
      put(slot, HASH, hash);
      index.set(hash, slot);
      const lane = laneFor(line, standing, id);
      put(slot, WHERE, (line << LINE_SHIFT) | (get(slot, WHERE) & FLAGS) | lane);
      if (lane === STRAY) {
        strays[line] ??= [];
        const heap = strays[line]!;
        heap.push(slot);
        up(heap, heap.length - 1, slot);
        strayed++;
      } else append(slot, line, lane, standing);
      const above = standing - bestAt[line]!;
      if (best[line]! < 0 || above > 0 || (above === 0 && id < ids[best[line]!]!)) {
        best[line] = slot;
        bestAt[line] = standing;
      }
      counts[line]!++;
      size++;
      return slot;
    },
    remove(slot) {
      const where = get(slot, WHERE);
      const line = where >> LINE_SHIFT;
      const lane = where & LANE;
      if (lane === STRAY) {
        dropStray(strays[line]!, slot);
        strayed--;
      } else unlink(slot, line, lane);
      if (best[line] === slot) setBest(line);
      ids[slot] = '';
      put(slot, NEXT, free);
      free = slot;
      counts[line]!--;
      size--;
    },
    headOf: (line) => best[line] ?? -1,
    headStanding: (line) => bestAt[line]!,
    count: (line) => counts[line] ?? 0,
    before(line, standing, id) {
      if (line >= counts.length) return 0;
      const inside = (slot: number): boolean => {
        const own = standingAt(slot);
        return own > standing || (own === standing && ids[slot]! < id);
      };
      let count = 0;
      for (let first = line * ENDS; first < line * ENDS + LANES; first++) {
        for (let slot = ends[first]!; slot >= 0 && inside(slot); slot = get(slot, NEXT)) count++;
      }
      // Only branches whose top comes first are entered: the cost is the answer, not the length of the line.
      const heap = strays[line] ?? [];
      const enter = (at: number): boolean => at < heap.length && inside(heap[at]!);
      const open = enter(0) ? [0] : [];
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        count++;
        for (const child of [at * 2 + 1, at * 2 + 2]) if (enter(child)) open.push(child);
      }
      return count;
    },
    first(line, most) {
      if (line >= counts.length) return [];
      const heap = strays[line] ?? [];
      // Candidates for the next place: the next of each lane, and the open branches of the heap.
      const open: { slot: number; at: number }[] = [];
      for (let first = line * ENDS; first < line * ENDS + LANES; first++) {
        if (ends[first]! >= 0) open.push({ slot: ends[first]!, at: -1 });
      }
      if (heap.length > 0) open.push({ slot: heap[0]!, at: 0 });
      const found: number[] = [];
      while (open.length > 0 && found.length < most) {
        open.sort((a, b) => (ahead(a.slot, b.slot) ? 1 : -1));
        const { slot, at } = open.pop()!;
        found.push(slot);
        if (at < 0) {
          if (get(slot, NEXT) >= 0) open.push({ slot: get(slot, NEXT), at });
        } else
          for (const child of [at * 2 + 1, at * 2 + 2])
            if (child < heap.length) open.push({ slot: heap[child]!, at: child });
      }
      return found;
    },
  };
};
