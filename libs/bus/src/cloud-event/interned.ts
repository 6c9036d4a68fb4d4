interface Known {
  bytes: Buffer;
  text: string;
}

const slots: (Known | undefined)[] = new Array(1024).fill(undefined);
const longest = 128;

/**
 * Text of bytes that take few values: types, sources, tenants, channels. Comparing with what stood there last is several
 * times quicker than making text again, and equal texts are then one object. A bounded table: more values only cost time.
 */
export function internedText(buffer: Buffer, start: number, end: number): string {
  const size = end - start;
  if (size === 0 || size > longest) return buffer.toString('utf8', start, end);
  const slot = (size * 31 + buffer[start]! * 7 + buffer[end - 1]! * 3 + buffer[start + (size >> 1)]!) & 1023;
  const known = slots[slot];
  if (known && known.bytes.length === size) {
    const { bytes } = known;
    let i = 0;
    while (i < size && bytes[i] === buffer[start + i]) i++;
    if (i === size) return known.text;
  }
  const text = buffer.toString('utf8', start, end);
  slots[slot] = { bytes: Buffer.from(buffer.subarray(start, end)), text };
  return text;
}
