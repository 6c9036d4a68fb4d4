/** Finds the slot of an id. A `Map` of strings costs several times the memory of what it points at. */
export interface IdIndex {
  get(id: string): number;
  set(id: string, slot: number): void;
  delete(id: string): void;
}

const EMPTY = -1;
const GONE = -2;

const hashOf = (id: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
};

/** Open addressing over slots; `idAt` gives the id of a slot, so that no id is kept twice. -1 means unknown. */
export const createIdIndex = (idAt: (slot: number) => string): IdIndex => {
  let table = new Int32Array(1024).fill(EMPTY);
  let used = 0;
  let live = 0;

  const place = (into: Int32Array, id: string): number => {
    const mask = into.length - 1;
    let at = hashOf(id) & mask;
    while (into[at] !== EMPTY) at = (at + 1) & mask;
    return at;
  };
  const rebuild = (): void => {
    let size = 1024;
    while (size < live * 2 + 2) size *= 2;
    const next = new Int32Array(size).fill(EMPTY);
    for (const slot of table) if (slot >= 0) next[place(next, idAt(slot))] = slot;
    table = next;
    used = live;
  };
  const find = (id: string): number => {
    const mask = table.length - 1;
    for (let at = hashOf(id) & mask; ; at = (at + 1) & mask) {
      const slot = table[at]!;
      if (slot === EMPTY) return -1;
      if (slot >= 0 && idAt(slot) === id) return at;
    }
  };
  return {
    get(id) {
      const at = find(id);
      return at < 0 ? -1 : table[at]!;
    },
    set(id, slot) {
      if ((used + 1) * 4 > table.length * 3) rebuild();
      table[place(table, id)] = slot;
      used++;
      live++;
    },
    delete(id) {
      const at = find(id);
      if (at < 0) return;
      table[at] = GONE;
      live--;
    },
  };
};
