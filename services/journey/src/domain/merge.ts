/** One row of a page: its key and the encoded entry. */
export interface Row {
  _id: Buffer;
  e: Buffer;
}

const byPlace = (a: Row, b: Row): number => a._id.compare(b._id, 16, 34, 16, 34);

/**
 * Merges the rows of several contact points, each already in order, into the first `limit` of them all. The same event
 * filed under two contact points of one person appears once.
 */
export const mergeRows = <R extends Row>(lists: R[][], limit: number, oldestFirst: boolean): R[] => {
  if (lists.length === 1) return lists[0]!.length > limit ? lists[0]!.slice(0, limit) : lists[0]!;
  const sign = oldestFirst ? 1 : -1;
  const heads = lists.map(() => 0);
  const merged: R[] = [];
  while (merged.length < limit) {
    let best = -1;
    for (let i = 0; i < lists.length; i++) {
      const row = lists[i]![heads[i]!];
      if (row && (best < 0 || sign * byPlace(row, lists[best]![heads[best]!]!) < 0)) best = i;
    }
    if (best < 0) break;
    const row = lists[best]![heads[best]!++]!;
    const last = merged.at(-1);
    if (!last || byPlace(last, row) !== 0) merged.push(row);
  }
  return merged;
};
