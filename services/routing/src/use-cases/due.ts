/** Moments at which keys have something to do. Setting a key again moves it; a key that is cleared is never due. */
export const createDue = () => {
  const heap: { at: number; key: string }[] = [];
  const armed = new Map<string, number>();
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const push = (entry: { at: number; key: string }): void => {
    heap.push(entry);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= heap[at]!.at) break;
      swap(at, parent);
      at = parent;
    }
  };
  const pop = (): { at: number; key: string } => {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      for (let at = 0; ; ) {
        let child = at * 2 + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
        if (heap[at]!.at <= heap[child]!.at) break;
        swap(at, child);
        at = child;
      }
    }
    return first;
  };
  // Entries of keys that were moved or cleared are passed over when they come up.
  const stale = ({ at, key }: { at: number; key: string }): boolean => armed.get(key) !== at;
  return {
    set(key: string, at: number | undefined): void {
      if (at === undefined) armed.delete(key);
      else if (armed.get(key) !== at) {
        armed.set(key, at);
        push({ at, key });
      }
    },
    /** Takes the keys that are due, earliest first. */
    take(now: number, most: number): string[] {
      const keys: string[] = [];
      while (heap.length > 0 && keys.length < most) {
        if (stale(heap[0]!)) pop();
        else if (heap[0]!.at > now) break;
        else {
          const { key } = pop();
          armed.delete(key);
          keys.push(key);
        }
      }
      return keys;
    },
    next(): number | undefined {
      while (heap.length > 0 && stale(heap[0]!)) pop();
      return heap[0]?.at;
    },
  };
};
