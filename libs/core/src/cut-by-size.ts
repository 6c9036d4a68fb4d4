/**
 * Cuts a list into parts, in order, of which none is larger than `most` unless it is a single item. Nearly always everything fits and
 * the list itself is the only part; an empty list has none.
 */
export const cutBySize = <T>(list: T[], sizeOf: (item: T) => number, most: number): T[][] => {
  const parts: T[][] = [];
  let from = 0;
  let size = 0;
  for (let i = 0; i < list.length; i++) {
    const next = sizeOf(list[i]!);
    if (i > from && size + next > most) {
      parts.push(list.slice(from, i));
      from = i;
      size = 0;
    }
    size += next;
  }
  if (list.length > 0) parts.push(from === 0 ? list : list.slice(from));
  return parts;
};
