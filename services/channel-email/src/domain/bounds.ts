const bytesOf = (codePoint: number): number => {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
};

/** The longest beginning that fits into `maxBytes` of UTF-8, never half a character. */
export const cutToBytes = (text: string, maxBytes: number): string => {
  if (text.length * 3 <= maxBytes) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += bytesOf(character.codePointAt(0)!);
    if (bytes > maxBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
};

/** Takes items until the bytes are used up. */
export const takeWithin = (items: readonly string[], maxItems: number, maxBytes: number): string[] => {
  const taken: string[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += item.length * 3;
    if (taken.length >= maxItems || bytes > maxBytes) break;
    taken.push(item);
  }
  return taken;
};

/** One line of harmless text: no control characters, no direction overrides, no lone surrogates. */
export const oneLine = (text: string, maxCharacters: number): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\p{Cs}]/gu, '')
    .trim()
    .slice(0, maxCharacters)
    .replace(/\p{Cs}$/u, '');
