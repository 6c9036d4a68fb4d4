const maxLength = 996;

const clean = (id: string): string => id.replace(/[\p{Cc}\s<>]/gu, '');

/** Message-IDs of a header, without angle brackets, oldest first, each once. Ids that are too long are left out. */
export const messageIds = (value: string): string[] => {
  const inBrackets = [...value.matchAll(/<([^<>]{1,2000})>/g)].map((match) => match[1]!);
  // Some senders forget the brackets; then a word is an id when it has an @.
  const found = inBrackets.length > 0 ? inBrackets : value.split(/[\s,]+/).filter((word) => word.includes('@'));
  const ids = found.map(clean).filter((id) => id.length > 0 && id.length <= maxLength);
  return [...new Set(ids)];
};

/** Keeps the root and the newest: a thread is found by its first and its last ids. */
export const boundReferences = (ids: readonly string[], maxItems: number, maxBytes: number): string[] => {
  const kept: string[] = [];
  let bytes = 0;
  const order = ids.length > 0 ? [0, ...[...ids.keys()].slice(1).reverse()] : [];
  for (const index of order) {
    bytes += ids[index]!.length * 3;
    if (kept.length >= maxItems || bytes > maxBytes) break;
    kept.push(ids[index]!);
  }
  return [...kept.slice(0, 1), ...kept.slice(1).reverse()];
};

/** True for text that can stand between angle brackets in a header. */
export const isMessageId = (id: string): boolean => id.length <= maxLength && /^[^\s<>\p{Cc}]+$/u.test(id);
