/**
 * Remembers results of a pure function for the keys seen lately. Two generations instead of an exact order of use: a
 * look-up then costs what a Map costs, and the oldest half goes at once.
 */
export const memo = <V>(size: number, make: (key: string) => V): ((key: string) => V) => {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  return (key) => {
    const known = young.get(key);
    if (known !== undefined) return known;
    const value = old.get(key) ?? make(key);
    if (young.size >= size / 2) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
    return value;
  };
};
