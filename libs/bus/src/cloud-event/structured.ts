import { Undecodable } from '../undecodable';
import { attributeNameAt } from './attribute-names';
import type { AttributeValue } from './attributes';
import { Attributes } from './attributes';
import { internedText } from './interned';
import { WireReader } from './wire';

/** What any mode of CloudEvents comes down to before it is checked. */
export interface Envelope {
  attributes: Attributes;
  data: Uint8Array | undefined;
  /** Full protobuf name of the data, when the data itself says so. */
  dataType?: string | undefined;
}

function timestamp(reader: WireReader): Date {
  const outer = reader.enter();
  let ms = 0;
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 8) ms += reader.varint() * 1000;
    else if (tag === 16) ms += Math.floor(reader.varint() / 1_000_000);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return new Date(ms);
}

// Of these there are few values, and the same ones again and again.
const few = (name: string | undefined): boolean => name === 'tenantid' || name === 'channel';

function attributeValue(reader: WireReader, interned: boolean): AttributeValue {
  const outer = reader.enter();
  let value: AttributeValue = '';
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 26 || tag === 42 || tag === 50) value = interned ? reader.interned() : reader.text();
    else if (tag === 58) value = timestamp(reader);
    else if (tag === 8) value = reader.varint() === 0 ? 'false' : 'true';
    else if (tag === 16) value = String(reader.varint() | 0);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return value;
}

function attribute(reader: WireReader, into: Attributes): void {
  const outer = reader.enter();
  let known: ReturnType<typeof attributeNameAt>;
  let name = '';
  let value: AttributeValue = '';
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 10) {
      const size = reader.size();
      const start = reader.at;
      reader.at += size;
      known = attributeNameAt(reader.buffer, start, reader.at);
      if (!known) name = reader.buffer.toString('utf8', start, reader.at);
    } else if (tag === 18) value = attributeValue(reader, few(known));
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (known) into[known] = value;
  else into.put(name, value);
}

function any(reader: WireReader, envelope: Envelope): void {
  const outer = reader.enter();
  const { buffer } = reader;
  envelope.data = buffer.subarray(reader.at, reader.at);
  while (reader.more) {
    const tag = reader.varint();
    if (tag === 10) {
      const size = reader.size();
      const end = reader.at + size;
      let start = end;
      while (start > reader.at && buffer[start - 1] !== 0x2f) start--;
      reader.at = end;
      envelope.dataType = internedText(buffer, start, end);
    } else if (tag === 18) envelope.data = reader.bytes();
    else reader.skip(tag);
  }
  reader.leave(outer);
}

/** Reads the CloudEvents protobuf format. */
export function readStructuredProtobuf(buffer: Buffer): Envelope {
  const attributes = new Attributes();
  const envelope: Envelope = { attributes, data: undefined, dataType: undefined };
  const reader = new WireReader(buffer);
  try {
    while (reader.more) {
      const tag = reader.varint();
      if (tag === 42) attribute(reader, attributes);
      else if (tag === 10) attributes.id = reader.text();
      else if (tag === 18) attributes.source = reader.interned();
      else if (tag === 26) attributes.specversion = reader.interned();
      else if (tag === 34) attributes.type = reader.interned();
      else if (tag === 66) any(reader, envelope);
      else if (tag === 50) envelope.data = reader.bytes();
      else reader.skip(tag);
    }
  } catch (error) {
    throw new Undecodable('MALFORMED_ENVELOPE', `CloudEvents protobuf: ${(error as Error).message}`);
  }
  return envelope;
}
