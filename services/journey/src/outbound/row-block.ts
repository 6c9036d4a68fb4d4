import { KEY_BYTES } from '../domain/place';
import type { RowBlock } from '../use-cases/ports';

// Element types of BSON, and the one plain kind of binary.
const STRING = 0x02;
const BINARY = 0x05;
const GENERIC = 0;

/** Up to the key: length, type, `_id`, length and kind of the binary. */
const KEY_FROM = 4 + 1 + 4 + 4 + 1;
/** Up to the entry: the key, type, `e`, length and kind. */
const ENTRY_FROM = KEY_FROM + KEY_BYTES + 1 + 2 + 4 + 1;
/** Type, `o` and length, then the zero of the text and that of the document. */
const AROUND_OPENING = 1 + 2 + 4 + 1 + 1;

const PART_BYTES = 1024 * 1024;
const MOST_SPARE = 8;

/** Parts that are free, for those who come next: new ones at every batch would have the collector at work. */
const createParts = () => {
  const spare: Buffer[] = [];
  return {
    take: (least: number): Buffer =>
      least > PART_BYTES ? Buffer.allocUnsafeSlow(least) : (spare.pop() ?? Buffer.allocUnsafeSlow(PART_BYTES)),
    giveBack(part: Buffer): void {
      if (part.length === PART_BYTES && spare.length < MOST_SPARE) spare.push(part);
    },
  };
};

/** Rows become BSON, as the driver would write them, at once. */
class Block implements RowBlock {
  count = 0;
  bytes: Buffer = Buffer.alloc(0);
  keyAt = 0;
  entryAt = 0;
  /** Behind the last document. */
  private end = 0;
  private readonly full: { part: Buffer; end: number }[] = [];

  constructor(private readonly spare: ReturnType<typeof createParts>) {}

  open(most: number): void {
    if (this.end + ENTRY_FROM + most + AROUND_OPENING > this.bytes.length) {
      if (this.end > 0) this.full.push({ part: this.bytes, end: this.end });
      this.bytes = this.spare.take(ENTRY_FROM + most + AROUND_OPENING);
      this.end = 0;
    }
    this.keyAt = this.end + KEY_FROM;
    this.entryAt = this.end + ENTRY_FROM;
  }

  close(entryEnd: number, opening?: string): void {
    const { bytes, keyAt, entryAt } = this;
    this.element(keyAt - KEY_FROM + 4, BINARY, '_id', KEY_BYTES);
    bytes[keyAt - 1] = GENERIC;
    this.element(keyAt + KEY_BYTES, BINARY, 'e', entryEnd - entryAt);
    bytes[entryAt - 1] = GENERIC;
    let at = entryEnd;
    if (opening !== undefined) {
      const length = bytes.write(opening, at + 7, 'utf8');
      this.element(at, STRING, 'o', length + 1);
      at += 7 + length;
      bytes[at++] = 0;
    }
    bytes[at++] = 0;
    this.int32(this.end, at - this.end);
    this.end = at;
    this.count++;
  }

  /** The documents, in one or several stretches of many. */
  parts(): Buffer[] {
    const last = this.end > 0 ? [{ part: this.bytes, end: this.end }] : [];
    return [...this.full, ...last].map(({ part, end }) => part.subarray(0, end));
  }

  /** Its bytes may be used again. */
  release(): void {
    for (const part of [...this.full.map((one) => one.part), this.bytes]) this.spare.giveBack(part);
    this.full.length = 0;
    this.bytes = Buffer.alloc(0);
    this.end = this.count = 0;
  }

  private element(from: number, type: number, name: string, length: number): void {
    let at = from;
    this.bytes[at++] = type;
    for (let i = 0; i < name.length; i++) this.bytes[at++] = name.charCodeAt(i);
    this.bytes[at++] = 0;
    this.int32(at, length);
  }

  private int32(at: number, value: number): void {
    this.bytes[at] = value;
    this.bytes[at + 1] = value >>> 8;
    this.bytes[at + 2] = value >>> 16;
    this.bytes[at + 3] = value >>> 24;
  }
}

export const createRowBlocks = () => {
  const parts = createParts();
  return {
    open: (): Block => new Block(parts),
    isOne: (block: RowBlock): block is Block => block instanceof Block,
  };
};
