// The few pieces of the protobuf wire format that the CloudEvents envelope needs. Written by hand because every event
// passes here twice; the official generated code is the oracle in the tests.

/** Grows as needed and is reused: one writer per process. */
export class WireWriter {
  buffer = Buffer.allocUnsafe(64 * 1024);
  at = 0;

  reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(bigger, 0, 0, this.at);
    this.buffer = bigger;
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.at++] = rest;
  }

  /** Field of type string. The length takes one byte for up to 127 bytes, which is nearly always enough. */
  text(tag: number, text: string): void {
    this.reserve(text.length * 3 + 12);
    this.varint(tag);
    const start = this.at;
    if (text.length < 0x80 && this.ascii(text, start + 1)) {
      this.buffer[start] = text.length;
      this.at = start + 1 + text.length;
      return;
    }
    const length = this.buffer.write(text, start + 1, 'utf8');
    const extra = varintSize(length) - 1;
    if (extra > 0) this.buffer.copyWithin(start + 1 + extra, start + 1, start + 1 + length);
    this.at = start;
    this.varint(length);
    this.at = start + 1 + extra + length;
  }

  /** Short names and ids are nearly all ASCII: a loop is quicker than the call out of the engine. */
  private ascii(text: string, start: number): boolean {
    const { buffer } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[start + i] = code;
    }
    return true;
  }

  bytes(tag: number, bytes: Uint8Array): void {
    this.reserve(bytes.length + 12);
    this.varint(tag);
    this.varint(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Bytes that are fields already. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  take(): Buffer {
    const out = Buffer.from(this.buffer.subarray(0, this.at));
    this.at = 0;
    return out;
  }
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Reads fields one after the other; throws RangeError on anything cut off or malformed. */
export class WireReader {
  constructor(
    readonly buffer: Buffer,
    public at = 0,
    readonly end = buffer.length,
  ) {}

  get more(): boolean {
    return this.at < this.end;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw new RangeError('cut off');
      const byte = this.buffer[this.at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new RangeError('varint too long');
  }

  /** Start of a length-delimited field's bytes; `at` moves behind them. */
  span(): [start: number, end: number] {
    const length = this.varint();
    const start = this.at;
    if (length > this.end - start) throw new RangeError('length beyond the end');
    this.at = start + length;
    return [start, this.at];
  }

  text(): string {
    const [start, end] = this.span();
    return this.buffer.toString('utf8', start, end);
  }

  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === 0) this.varint();
    else if (wireType === 2) this.span();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 5) this.at += 4;
    else throw new RangeError(`wire type ${wireType}`);
    if (this.at > this.end) throw new RangeError('cut off');
  }
}
