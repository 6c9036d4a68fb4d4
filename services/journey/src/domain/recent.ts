/**
 * Remembers what was used lately, in two generations: when the young one is full it becomes the old one and what was
 * old and unused is forgotten. A hit in the young generation costs one look-up and no bookkeeping.
 */
export interface Recent<V, K = string> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
}

export const recent = <V, K = string>(size: number): Recent<V, K> => {
  let young = new Map<K, V>();
  let old = new Map<K, V>();
  const set = (key: K, value: V): void => {
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    set,
    delete(key) {
      young.delete(key);
      old.delete(key);
    },
  };
};
