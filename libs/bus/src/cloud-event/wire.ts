import { internedText } from './interned';

// The few pieces of the protobuf wire format that the CloudEvents envelope needs. Written by hand because every event
// passes here twice; the official generated code is the oracle in the tests.

const slabSize = 256 * 1024;

/**
 * One per process. What it gives out are views of large blocks, so nothing is copied or allocated per event; a block lives
 * as long as one of its views does.
 */
export class WireWriter {
  buffer = Buffer.allocUnsafeSlow(slabSize);
  at = 0;
  private start = 0;

  /** Begins anew, without what is unfinished. */
  reset(): void {
    this.at = this.start;
  }

  reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const written = this.at - this.start;
    const next = Buffer.allocUnsafeSlow(Math.max(slabSize, (written + bytes) * 2));
    this.buffer.copy(next, 0, this.start, this.at);
    this.buffer = next;
    this.start = 0;
    this.at = written;
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

  /** Gives what was written since the last time, for good: it must not be changed. */
  take(): Buffer {
    const out = this.buffer.subarray(this.start, this.at);
    this.start = this.at;
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
  at = 0;
  /** Behind the last byte of the message that is being read: the whole, or the one entered. */
  end: number;

  constructor(readonly buffer: Buffer) {
    this.end = buffer.length;
  }

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

  /** Length of the field that begins at `at` behind it. */
  size(): number {
    const size = this.varint();
    if (size > this.end - this.at) throw new RangeError('length beyond the end');
    return size;
  }

  /** Goes into a message field; gives the end of the one around it for `leave`. */
  enter(): number {
    const size = this.size();
    const outer = this.end;
    this.end = this.at + size;
    return outer;
  }

  leave(outer: number): void {
    this.end = outer;
  }

  text(): string {
    const size = this.size();
    const start = this.at;
    this.at += size;
    return this.buffer.toString('utf8', start, this.at);
  }

  /** Text of a field that takes few values. */
  interned(): string {
    const size = this.size();
    const start = this.at;
    this.at += size;
    return internedText(this.buffer, start, this.at);
  }

  /** A view of the field's bytes. */
  bytes(): Buffer {
    const size = this.size();
    const start = this.at;
    this.at += size;
    return this.buffer.subarray(start, this.at);
  }

  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === 0) this.varint();
    else if (wireType === 2) this.at += this.size();
    else if (wireType === 1) this.at += 8;
    else if (wireType === 5) this.at += 4;
    else throw new RangeError(`wire type ${wireType}`);
    if (this.at > this.end) throw new RangeError('cut off');
  }
}
