import type { RowFilter } from '../use-cases/ports';

/** True for entries that a page wants, told from their bytes. */
export type EntryFilter = (entry: Uint8Array) => boolean;

const KIND = 0x32;
const CHANNEL = 0x3a;
const CONVERSATION_ID = 0x42;
const ISSUE_ID = 0x4a;

interface Wish {
  tag: number;
  values: Buffer[];
}

const sameAt = (entry: Uint8Array, start: number, length: number, value: Buffer): boolean => {
  if (length !== value.length) return false;
  for (let i = 0; i < length; i++) if (entry[start + i] !== value[i]) return false;
  return true;
};

const fulfils = (entry: Uint8Array, wishes: Wish[]): boolean => {
  let open = wishes.length;
  let at = 0;
  while (at < entry.length && open > 0) {
    // An entry's fields all have one-byte tags and are length-delimited.
    const tag = entry[at++]!;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = entry[at++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80 || shift > 28) break;
    }
    const start = at;
    const wish = wishes.find((candidate) => candidate.tag === tag);
    if (wish) {
      if (!wish.values.some((value) => sameAt(entry, start, length, value))) return false;
      open--;
    }
    at = start + length;
  }
  return open === 0;
};

/** Undefined when the filter lets everything through. */
export const entryFilter = (filter: RowFilter): EntryFilter | undefined => {
  const wish = (tag: number, values: string[]): Wish[] =>
    values.length > 0 ? [{ tag, values: values.map((value) => Buffer.from(value)) }] : [];
  const wishes = [
    ...wish(KIND, filter.kinds),
    ...wish(CHANNEL, filter.channels),
    ...wish(CONVERSATION_ID, filter.conversationId ? [filter.conversationId] : []),
    ...wish(ISSUE_ID, filter.issueId ? [filter.issueId] : []),
  ];
  return wishes.length > 0 ? (entry) => fulfils(entry, wishes) : undefined;
};
