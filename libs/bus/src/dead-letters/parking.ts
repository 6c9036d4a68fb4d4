import type { ParkedKey, ParkedKeys, RawMessage } from '../types';
import { header, headerOf, originalOffset } from './letters';

const idOf = (topic: string, key: string) => `${topic}\n${key}`;

export interface Parking {
  load(): Promise<void>;
  isParked(message: RawMessage): boolean;
  /** Notes dead messages of one batch: their keys wait from now on. */
  park(dead: { message: RawMessage; reason: string }[]): Promise<void>;
  /** Handles the mark that ends a replay; true when the key is free. */
  unpark(mark: RawMessage): Promise<boolean>;
}

/** The keys of one group whose later messages wait for a replay. Kept in memory, stored before offsets move. */
export function createParking(store: ParkedKeys): Parking {
  let parked = new Map<string, ParkedKey>();
  const keyOf = (message: RawMessage) => message.key?.toString('utf8') ?? '';
  return {
    async load() {
      parked = new Map((await store.load()).map((entry) => [idOf(entry.topic, entry.key), entry]));
    },
    isParked: (message) => parked.size > 0 && parked.has(idOf(message.topic, keyOf(message))),
    async park(dead) {
      const changed = new Map<string, ParkedKey>();
      for (const { message, reason } of dead) {
        const key = keyOf(message);
        // Without a key there is no order to keep.
        if (key === '') continue;
        const id = idOf(message.topic, key);
        const before = changed.get(id) ?? parked.get(id);
        const offset = originalOffset(message);
        const again = headerOf(message.headers, header.replay) !== undefined;
        changed.set(id, {
          topic: message.topic,
          key,
          generation: (before?.generation ?? 0) + (again || !before ? 1 : 0),
          lastOffset: before && BigInt(before.lastOffset) > BigInt(offset) ? before.lastOffset : offset,
          reason: before?.reason ?? reason,
          since: before?.since ?? new Date(message.timestamp),
        });
      }
      if (changed.size === 0) return;
      await store.park([...changed.values()]);
      for (const [id, entry] of changed) parked.set(id, entry);
    },
    async unpark(mark) {
      const id = idOf(mark.topic, keyOf(mark));
      const entry = parked.get(id);
      if (!entry) return true;
      const same =
        headerOf(mark.headers, header.generation) === String(entry.generation) &&
        headerOf(mark.headers, header.lastOffset) === entry.lastOffset;
      if (!same) return false;
      await store.unpark([{ topic: entry.topic, key: entry.key }]);
      parked.delete(id);
      return true;
    },
  };
}
