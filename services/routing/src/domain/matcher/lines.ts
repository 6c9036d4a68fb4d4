import { createIdIndex } from './id-index';

/** A contact that waits. `standing` is the part of its score that time does not change (see score.ts). */
export interface Waiting {
  id: string;
  standing: number;
}

/** Lines of waiting contacts, best first, as plain arrays of numbers: the least memory per contact that still finds any of them at once. */
export interface Lines {
  size(): number;
  has(id: string): boolean;
  lineOf(id: string): number;
  standingOf(id: string): number;
  push(line: number, item: Waiting): void;
  /** Gives the line it stood in, -1 when it did not wait. */
  remove(id: string): number;
  headOf(line: number): Waiting | undefined;
  headStanding(line: number): number;
  count(line: number): number;
  /** How many of a line come before this standing and id. */
  before(line: number, standing: number, id: string): number;
  /** The first few of a line in order. */
  first(line: number, count: number): Waiting[];
}

const grown = <A extends Int32Array | Float64Array>(old: A, make: (length: number) => A): A => {
  const next = make(old.length * 2);
  next.set(old as never);
  return next;
};

export const createLines = (): Lines => {
  let standing = new Float64Array(1024);
  let lineOf = new Int32Array(1024);
  let place = new Int32Array(1024);
  const ids: string[] = [];
  const free: number[] = [];
  // One binary heap of slots per line. Newcomers of equal priority go to the end, so pushing costs one comparison.
  const heaps: number[][] = [];
  let size = 0;
  const index = createIdIndex((slot) => ids[slot]!);

  const ahead = (a: number, b: number): boolean =>
    standing[a]! > standing[b]! || (standing[a] === standing[b] && ids[a]! < ids[b]!);
  const put = (heap: number[], at: number, slot: number): void => {
    heap[at] = slot;
    place[slot] = at;
  };
  const up = (heap: number[], from: number, slot: number): void => {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!ahead(slot, heap[parent]!)) break;
      put(heap, at, heap[parent]!);
      at = parent;
    }
    put(heap, at, slot);
  };
  const down = (heap: number[], from: number, slot: number): void => {
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && ahead(heap[child + 1]!, heap[child]!)) child++;
      if (!ahead(heap[child]!, slot)) break;
      put(heap, at, heap[child]!);
      at = child;
    }
    put(heap, at, slot);
  };
  const newSlot = (): number => {
    const slot = free.pop() ?? ids.length;
    if (slot >= standing.length) {
      standing = grown(standing, (length) => new Float64Array(length));
      lineOf = grown(lineOf, (length) => new Int32Array(length));
      place = grown(place, (length) => new Int32Array(length));
    }
    return slot;
  };
  const waiting = (slot: number): Waiting => ({ id: ids[slot]!, standing: standing[slot]! });

  return {
    size: () => size,
    has: (id) => index.get(id) >= 0,
    lineOf(id) {
      const slot = index.get(id);
      return slot < 0 ? -1 : lineOf[slot]!;
    },
    standingOf(id) {
      const slot = index.get(id);
      return slot < 0 ? Number.NaN : standing[slot]!;
    },
    push(line, item) {
      const slot = newSlot();
      ids[slot] = item.id;
      standing[slot] = item.standing;
      lineOf[slot] = line;
      index.set(item.id, slot);
      heaps[line] ??= [];
      const heap = heaps[line]!;
      heap.push(slot);
      up(heap, heap.length - 1, slot);
      size++;
    },
    remove(id) {
      const slot = index.get(id);
      if (slot < 0) return -1;
      const line = lineOf[slot]!;
      const heap = heaps[line]!;
      const at = place[slot]!;
      const last = heap.pop()!;
      if (last !== slot) {
        if (at > 0 && ahead(last, heap[(at - 1) >> 1]!)) up(heap, at, last);
        else down(heap, at, last);
      }
      index.delete(id);
      ids[slot] = '';
      free.push(slot);
      size--;
      return line;
    },
    headOf(line) {
      const slot = heaps[line]?.[0];
      return slot === undefined ? undefined : waiting(slot);
    },
    headStanding(line) {
      return standing[heaps[line]![0]!]!;
    },
    count: (line) => heaps[line]?.length ?? 0,
    before(line, value, id) {
      const heap = heaps[line] ?? [];
      // Only branches whose top comes first are entered: the cost is the answer, not the length of the line.
      const inside = (at: number): boolean => {
        const slot = heap[at];
        return slot !== undefined && (standing[slot]! > value || (standing[slot] === value && ids[slot]! < id));
      };
      let count = 0;
      const open = inside(0) ? [0] : [];
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        count++;
        for (const child of [at * 2 + 1, at * 2 + 2]) if (inside(child)) open.push(child);
      }
      return count;
    },
    first(line, count) {
      const heap = heaps[line] ?? [];
      const found: Waiting[] = [];
      const open = heap.length > 0 ? [0] : [];
      while (open.length > 0 && found.length < count) {
        open.sort((a, b) => (ahead(heap[a]!, heap[b]!) ? 1 : -1));
        const at = open.pop()!;
        found.push(waiting(heap[at]!));
        for (const child of [at * 2 + 1, at * 2 + 2]) if (child < heap.length) open.push(child);
      }
      return found;
    },
  };
};
