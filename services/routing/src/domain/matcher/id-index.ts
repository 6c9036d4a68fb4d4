/** Finds the slot of an id. A `Map` of strings costs several times the memory of what it points at. */
export interface IdIndex {
  /** -1 when unknown. */
  get(id: string, hash: number): number;
  /** For an id that is not in it, once the slot holds it. */
  set(hash: number, slot: number): void;
}

/** What the index is over: an array, not functions, since functions of two kinds are not run in place. */
export interface Slots {
  /** The id of each slot at the slot's number times `stride`; '' or nothing where the slot holds none. Grows with the slots. */
  ids: readonly unknown[];
  stride: number;
  hashAt(slot: number): number;
}

const EMPTY = 0;

/** FNV, in two halves that a processor computes side by side. */
export const hashOf = (id: string): number => {
  let even = 0x811c9dc5;
  let odd = 0x01000193;
  const end = id.length - 1;
  let i = 0;
  for (; i < end; i += 2) {
    even = Math.imul(even ^ id.charCodeAt(i), 0x01000193);
    odd = Math.imul(odd ^ id.charCodeAt(i + 1), 0x01000193);
  }
  if (i === end) even = Math.imul(even ^ id.charCodeAt(i), 0x01000193);
  const hash = Math.imul(even ^ (odd >>> 15) ^ (odd << 17), 0x2c1b3c6d);
  return hash ^ (hash >>> 15);
};

/**
 * Open addressing over slots. A cell is the number of the slot in its low bits and the high bits of the hash above them:
 * looking for an id touches one place in memory, and an id itself only when it is the right one. Nothing is taken out: a
 * cell whose slot holds another id by now is passed over, and goes when the table is made again.
 */
export const createIdIndex = ({ ids, stride, hashAt }: Slots): IdIndex => {
  let table = new Int32Array(1024);
  let mask = table.length - 1;
  let used = 0;
  // Where an id was looked for last in vain: it is often put there next.
  let missed = -1;
  let missedHash = 0;

  const put = (hash: number, slot: number): void => {
    let at = hash & mask;
    if (missed >= 0 && missedHash === hash) at = missed;
    while (table[at] !== EMPTY) at = (at + 1) & mask;
    table[at] = (hash & ~mask) | (slot + 1);
    used++;
  };
  const rebuild = (): void => {
    const end = ids.length / stride;
    let live = 0;
    for (let slot = 0; slot < end; slot++) if (ids[slot * stride]) live++;
    let size = 1024;
    while (size < live * 2 + 2 || size < end + 2) size *= 2;
    if (size === table.length) table.fill(EMPTY);
    else table = new Int32Array(size);
    mask = size - 1;
    used = 0;
    missed = -1;
    for (let slot = 0; slot < end; slot++) if (ids[slot * stride]) put(hashAt(slot), slot);
  };
  return {
    get(id, hash) {
      const high = hash & ~mask;
      for (let at = hash & mask; ; at = (at + 1) & mask) {
        const cell = table[at]!;
        if (cell === EMPTY) {
          missed = at;
          missedHash = hash;
          return -1;
        }
        const slot = (cell & mask) - 1;
        if ((cell & ~mask) === high && ids[slot * stride] === id) return slot;
      }
    },
    set(hash, slot) {
      // The slot that is set is among those that a new table is made of.
      if ((used + 1) * 4 > table.length * 3 || slot + 1 >= table.length) rebuild();
      else put(hash, slot);
    },
  };
};
