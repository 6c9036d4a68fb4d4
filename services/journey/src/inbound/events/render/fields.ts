/** A field to read out of a message's bytes, and how to say it. */
export interface Leaf {
  slot: number;
  /** Names of an enum's values by number; absent for text and numbers. */
  names?: ReadonlyMap<number, string> | undefined;
  text: boolean;
}

/** Which field numbers of a message are wanted; nested messages have a tree of their own. */
export interface FieldTree {
  leaves: (Leaf | undefined)[];
  children: (FieldTree | undefined)[];
}

const SHOWN = 140;

// One line of at most SHOWN characters, cut between characters and never inside one.
const oneLine = (text: string): string => {
  const line = /[\p{Cc}\p{Zl}\p{Zp}]| {2}/u.test(text) ? text.replace(/[\s\p{Cc}]+/gu, ' ') : text;
  const trimmed = line.trim();
  if (trimmed.length <= SHOWN) return trimmed;
  const last = trimmed.charCodeAt(SHOWN - 2);
  return `${trimmed.slice(0, last >= 0xd800 && last < 0xdc00 ? SHOWN - 2 : SHOWN - 1)}…`;
};

const say = (leaf: Leaf, number: number): string | undefined =>
  leaf.names ? leaf.names.get(number) : number === 0 ? undefined : String(number);

// The position lives outside the function: an object per varint would cost more than the varint.
let position = 0;

const varint = (bytes: Buffer, end: number): number => {
  let value = 0;
  let factor = 1;
  while (position < end) {
    const byte = bytes[position++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 0x80;
  }
  return -1;
};

/**
 * Fills `into` with the wanted fields of an encoded message, the first of each. Bytes that are no message are simply
 * not read further: a summary is a courtesy, the event itself is kept as it came.
 */
export const readFields = (
  bytes: Buffer,
  tree: FieldTree,
  into: (string | undefined)[],
  start: number,
  end: number,
): void => {
  position = start;
  while (position < end) {
    const tag = varint(bytes, end);
    const field = Math.floor(tag / 8);
    const wire = tag < 0 ? 7 : tag % 8;
    const leaf = tree.leaves[field];
    if (wire === 0) {
      const value = varint(bytes, end);
      if (leaf && !leaf.text && into[leaf.slot] === undefined) into[leaf.slot] = say(leaf, value);
    } else if (wire === 2) {
      const length = varint(bytes, end);
      const from = position;
      if (length < 0 || length > end - from) return;
      const child = tree.children[field];
      if (leaf?.text && length > 0 && into[leaf.slot] === undefined) {
        // Four bytes a character is the most UTF-8 takes; more than that is not shown anyway.
        into[leaf.slot] = oneLine(bytes.toString('utf8', from, from + Math.min(length, SHOWN * 4)));
      } else if (child) readFields(bytes, child, into, from, from + length);
      position = from + length;
    } else if (wire === 1) position += 8;
    else if (wire === 5) position += 4;
    else return;
  }
};
