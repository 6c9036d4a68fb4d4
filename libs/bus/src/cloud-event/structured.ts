import { Undecodable } from '../undecodable';
import { attributeNameAt } from './attribute-names';
import { WireReader } from './wire';

/** What any mode of CloudEvents comes down to before it is checked. */
export interface Envelope {
  attributes: Record<string, string | Date>;
  data: Uint8Array | undefined;
  /** Full protobuf name of the data, when the data itself says so. */
  dataType?: string | undefined;
}

function timestamp(buffer: Buffer, start: number, end: number): Date {
  const reader = new WireReader(buffer, start, end);
  let ms = 0;
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 8) ms += reader.varint() * 1000;
    else if (tag === 16) ms += Math.floor(reader.varint() / 1_000_000);
    else reader.skip(tag);
  }
  return new Date(ms);
}

function attributeValue(buffer: Buffer, start: number, end: number): string | Date {
  const reader = new WireReader(buffer, start, end);
  let value: string | Date = '';
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 26 || tag === 42 || tag === 50) value = reader.text();
    else if (tag === 58) value = timestamp(buffer, ...reader.span());
    else if (tag === 8) value = reader.varint() === 0 ? 'false' : 'true';
    else if (tag === 16) value = String(reader.varint() | 0);
    else reader.skip(tag);
  }
  return value;
}

function attribute(buffer: Buffer, start: number, end: number, into: Record<string, string | Date>): void {
  const reader = new WireReader(buffer, start, end);
  let name = '';
  let value: string | Date = '';
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 10) {
      const [from, to] = reader.span();
      name = attributeNameAt(buffer, from, to) ?? buffer.toString('utf8', from, to);
    } else if (tag === 18) value = attributeValue(buffer, ...reader.span());
    else reader.skip(tag);
  }
  into[name] = value;
}

function any(buffer: Buffer, start: number, end: number, envelope: Envelope): void {
  const reader = new WireReader(buffer, start, end);
  envelope.data = buffer.subarray(start, start);
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 10) {
      const url = reader.text();
      envelope.dataType = url.slice(url.lastIndexOf('/') + 1);
    } else if (tag === 18) envelope.data = buffer.subarray(...reader.span());
    else reader.skip(tag);
  }
}

/** Reads the CloudEvents protobuf format. */
export function readStructuredProtobuf(buffer: Buffer): Envelope {
  const envelope: Envelope = { attributes: Object.create(null), data: undefined };
  const reader = new WireReader(buffer);
  try {
    while (reader.more) {
      const tag = reader.varint();
      if (tag === 42) attribute(buffer, ...reader.span(), envelope.attributes);
      else if (tag === 10) envelope.attributes.id = reader.text();
      else if (tag === 18) envelope.attributes.source = reader.text();
      else if (tag === 26) envelope.attributes.specversion = reader.text();
      else if (tag === 34) envelope.attributes.type = reader.text();
      else if (tag === 66) any(buffer, ...reader.span(), envelope);
      else if (tag === 50) envelope.data = buffer.subarray(...reader.span());
      else reader.skip(tag);
    }
  } catch (error) {
    throw new Undecodable('MALFORMED_ENVELOPE', `CloudEvents protobuf: ${(error as Error).message}`);
  }
  return envelope;
}
