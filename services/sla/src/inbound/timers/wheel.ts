/** Something to look at, and when. */
export interface Entry {
  name: string;
  at: number;
}

/** The next moments in memory: a heap by time, one entry per name. */
export const createWheel = () => {
  const heap: Entry[] = [];
  // The moment that counts for a name; an entry in the heap that says another one is stale.
  const moments = new Map<string, number>();

  const up = (from: number): void => {
    let i = from;
    const entry = heap[i]!;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]!.at <= entry.at) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  };
  const down = (): void => {
    const entry = heap[0]!;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= entry.at) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = entry;
  };
  const pop = (): Entry => {
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      down();
    }
    return top;
  };

  return {
    set(name: string, at: number): void {
      if (moments.get(name) === at) return;
      moments.set(name, at);
      heap.push({ name, at });
      up(heap.length - 1);
    },
    drop: (name: string): void => {
      moments.delete(name);
    },
    /** When the next one is due. */
    next(): number | undefined {
      while (heap.length > 0 && moments.get(heap[0]!.name) !== heap[0]!.at) pop();
      return heap[0]?.at;
    },
    /** Takes out what is due, at most so many. */
    take(until: number, most: number): Entry[] {
      const taken: Entry[] = [];
      while (taken.length < most) {
        const at = this.next();
        if (at === undefined || at > until) break;
        const entry = pop();
        moments.delete(entry.name);
        taken.push(entry);
      }
      return taken;
    },
    size: () => moments.size,
  };
};
