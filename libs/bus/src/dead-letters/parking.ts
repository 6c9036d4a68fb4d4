import type { ParkedKey, ParkedKeys, RawMessage } from '../types';
import { header, headerOf, originalOffset } from './letters';

/** Which replay of its key a message belongs to; undefined for one that came by itself. */
const generationOf = ({ headers }: RawMessage): number | undefined =>
  header.generation in headers ? Number(headerOf(headers, header.generation)) : undefined;

const idOf = (topic: string, key: string) => `${topic}\n${key}`;

export interface Parking {
  load(): Promise<void>;
  /** True when the message must wait; one that is sent again passes while its replay is the newest of its key. */
  holds(message: RawMessage): boolean;
  /** Notes dead messages of one batch: their keys wait from now on. */
  park(dead: { message: RawMessage; reason: string }[]): Promise<void>;
  /** Handles the mark that ends a replay; true when the key is free. */
  unpark(mark: RawMessage): Promise<boolean>;
}

/** The keys of one group whose later messages wait for a replay. Kept in memory, stored before offsets move. */
export function createParking(store: ParkedKeys): Parking {
  let parked = new Map<string, ParkedKey>();
  // One after the other: a slow read must not overwrite what was parked meanwhile.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };
  const keyOf = (message: RawMessage) => message.key?.toString('utf8') ?? '';
  return {
    load: () =>
      inTurn(async () => {
        parked = new Map((await store.load()).map((entry) => [idOf(entry.topic, entry.key), entry]));
      }),
    holds(message) {
      const entry = parked.size > 0 ? parked.get(idOf(message.topic, keyOf(message))) : undefined;
      return entry !== undefined && generationOf(message) !== entry.generation;
    },
    park: (dead) =>
      inTurn(async () => {
        const changed = new Map<string, ParkedKey>();
        for (const { message, reason } of dead) {
          const key = keyOf(message);
          // Without a key there is no order to keep.
          if (key === '') continue;
          const id = idOf(message.topic, key);
          const before = changed.get(id) ?? parked.get(id);
          const offset = originalOffset(message);
          // Died again: nothing else of that replay may pass, and its mark frees nothing.
          const again = before !== undefined && generationOf(message) === before.generation;
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
      }),
    unpark: (mark) =>
      inTurn(async () => {
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
      }),
  };
}
