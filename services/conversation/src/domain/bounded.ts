/** The list with the item at its end, cut to its newest `limit` items. */
export const appended = <T>(list: readonly T[], item: T, limit: number): T[] => {
  const start = list.length >= limit ? list.length - limit + 1 : 0;
  const result = list.slice(start);
  result.push(item);
  return result;
};

/** Like `appended`, but keeps a list that already holds the item. */
export const included = (list: string[], item: string, limit: number): string[] =>
  item === '' || list.includes(item) ? list : appended(list, item, limit);
