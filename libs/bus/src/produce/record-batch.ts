import { crc32c } from './crc32c';

/** A record as it goes into a batch: bytes only. */
export interface BatchRecord {
  key: Buffer;
  value: Buffer;
  headers: [name: string, value: Buffer | string][];
}

const zigzagSize = (value: number): number => {
  let rest = value * 2;
  let size = 1;
  for (; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
};

/** Writes non-negative numbers as Kafka's zigzag varints. */
function writeZigzag(into: Buffer, at: number, value: number): number {
  let rest = value * 2;
  while (rest > 127) {
    into[at++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  into[at++] = rest;
  return at;
}

const lengthOf = (value: Buffer | string): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : value.length;

function bodySize(record: BatchRecord, offsetDelta: number): number {
  const { key, value, headers } = record;
  // Attributes and time delta are one byte each.
  let size = 2 + zigzagSize(offsetDelta) + zigzagSize(key.length) + key.length;
  size += zigzagSize(value.length) + value.length + zigzagSize(headers.length);
  for (const [name, content] of headers) {
    const nameLength = Buffer.byteLength(name);
    const contentLength = lengthOf(content);
    size += zigzagSize(nameLength) + nameLength + zigzagSize(contentLength) + contentLength;
  }
  return size;
}

function writeBytes(into: Buffer, at: number, value: Buffer | string): number {
  const after = writeZigzag(into, at, lengthOf(value));
  return after + (typeof value === 'string' ? into.write(value, after) : value.copy(into, after));
}

const HEADER = 61;

/** Encodes records in the batch format of Kafka (magic 2), without compression and without producer id. */
export function encodeRecordBatch(records: BatchRecord[], timestamp: number): Buffer {
  const sizes = records.map(bodySize);
  const batch = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + zigzagSize(size) + size, HEADER));
  let at = HEADER;
  for (let i = 0; i < records.length; i++) {
    const { key, value, headers } = records[i]!;
    at = writeZigzag(batch, at, sizes[i]!);
    batch[at++] = 0;
    batch[at++] = 0;
    at = writeZigzag(batch, at, i);
    at = writeBytes(batch, at, key);
    at = writeBytes(batch, at, value);
    at = writeZigzag(batch, at, headers.length);
    for (const [name, content] of headers) at = writeBytes(batch, writeBytes(batch, at, name), content);
  }
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch[16] = 2;
  batch.writeInt16BE(0, 21);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestamp), 27);
  batch.writeBigInt64BE(BigInt(timestamp), 35);
  batch.writeBigInt64BE(-1n, 43);
  batch.writeInt16BE(-1, 51);
  batch.writeInt32BE(-1, 53);
  batch.writeInt32BE(records.length, 57);
  batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
  return batch;
}
