import type { DescField, DescMessage, Registry } from '@bufbuild/protobuf';
import { fromBinary, ScalarType, toJson } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { scalarWriterOf, timestampText } from './write-scalar';

/** The library's reader with a quicker way to read short text, which is most of every page. */
class Reader extends BinaryReader {
  readonly bytesRead: Buffer;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.bytesRead = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  override string(): string {
    const length = this.uint32();
    const start = this.pos;
    this.pos += length;
    if (this.pos > this.len) throw new RangeError('an answer ends early');
    return this.bytesRead.toString('utf8', start, this.pos);
  }
}

/** Reads one message from the wire up to `end` and gives its JSON text. */
type Writer = (reader: Reader, end: number, depth: number) => string;
type ReadValue = (reader: Reader, depth: number) => string;

/** The bytes hold something that only the library gets right: a message in two parts, or two members of a oneof. */
class Unusual extends Error {}

const MOST_LEVELS = 100;
const options = { alwaysEmitImplicit: true } as const;

interface Slot {
  /** `"eventId":` */
  label: string;
  field: DescField;
  /** Numeric values of a list may come packed. */
  packable: boolean;
  read: ReadValue;
  /** What an absent field is written as; undefined leaves it out. */
  absent: string | undefined;
}

const absentOf = (field: DescField): string | undefined => {
  if (field.fieldKind === 'list') return '[]';
  if (field.fieldKind === 'map') return '{}';
  if (field.fieldKind === 'message' || field.presence !== FeatureSet_FieldPresence.IMPLICIT) return undefined;
  return scalarWriterOf(field).zero;
};

const join = (parts: string[]): string => `{${parts.join(',')}}`;

const throughLibrary = (desc: DescMessage, registry: Registry, bytes: Uint8Array): string =>
  JSON.stringify(toJson(desc, fromBinary(desc, bytes), { registry, ...options }));

/** Writers of one registry, each made when its message is first met. */
const createWriters = (registry: Registry) => {
  const writers = new Map<string, Writer>();

  const anyWriter: Writer = (reader, end, depth) => {
    let url = '';
    let value: Uint8Array = new Uint8Array();
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      if (number === 1) url = reader.string();
      else if (number === 2) value = reader.bytes();
      else reader.skip(wire, number);
    }
    if (url === '') return '{}';
    const desc = registry.getMessage(url.slice(url.lastIndexOf('/') + 1));
    const type = `"@type":${JSON.stringify(url)}`;
    // A fact that is newer than this gateway must not make the page around it unreadable.
    if (!desc) return `{${type},"value":"${Buffer.from(value).toString('base64')}"}`;
    const text = writerOf(desc)(new Reader(value), value.length, depth);
    if (desc.typeName.startsWith('google.protobuf.')) return `{${type},"value":${text}}`;
    return text === '{}' ? `{${type}}` : `{${type},${text.slice(1)}`;
  };

  const timestampWriter: Writer = (reader, end) => {
    let seconds = 0;
    let nanos = 0;
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      if (number === 1) seconds = Number(reader.int64());
      else if (number === 2) nanos = reader.int32();
      else reader.skip(wire, number);
    }
    return timestampText(seconds, nanos);
  };

  const readMessage = (desc: DescMessage): ReadValue => {
    let write: Writer | undefined;
    return (reader, depth) => {
      if (depth > MOST_LEVELS) throw new Error(`an answer has more than ${MOST_LEVELS} levels`);
      write ??= writerOf(desc);
      const length = reader.uint32();
      const end = reader.pos + length;
      if (end > reader.len) throw new RangeError('an answer ends early');
      return write(reader, end, depth + 1);
    };
  };

  const readValueOf = (field: DescField): ReadValue => {
    const { message } = field as { message?: DescMessage };
    return message ? readMessage(message) : scalarWriterOf(field).read;
  };

  const slotOf = (field: DescField): Slot => ({
    label: `${JSON.stringify(field.jsonName)}:`,
    field,
    packable: field.fieldKind === 'list' && field.listKind !== 'message' && !isText(field),
    read: readValueOf(field),
    absent: absentOf(field),
  });

  const messageWriter = (desc: DescMessage): Writer => {
    const slots = desc.fields.map(slotOf);
    const byNumber = new Map(slots.map((slot, index) => [slot.field.number, index]));
    return (reader, end, depth) => {
      const values: (string | undefined)[] = new Array(slots.length);
      const maps = new Map<number, Map<string, string>>();
      while (reader.pos < end) {
        const [number, wire] = reader.tag();
        const index = byNumber.get(number);
        if (index === undefined) reader.skip(wire, number);
        else readInto(slots, index, wire, reader, values, maps, depth);
      }
      return assemble(slots, values, maps);
    };
  };

  const readInto = (
    slots: Slot[],
    index: number,
    wire: WireType,
    reader: Reader,
    values: (string | undefined)[],
    maps: Map<number, Map<string, string>>,
    depth: number,
  ): void => {
    const { field, read, packable } = slots[index]!;
    const before = values[index];
    if (field.fieldKind === 'list') {
      const items = packable && wire === WireType.LengthDelimited ? packed(reader, read) : read(reader, depth);
      if (items !== '') values[index] = before === undefined ? items : `${before},${items}`;
    } else if (field.fieldKind === 'map') {
      const entries = maps.get(index) ?? new Map<string, string>();
      maps.set(index, entries);
      readEntry(field, read, reader, entries, depth);
    } else {
      if (field.fieldKind === 'message' && before !== undefined) throw new Unusual();
      if (
        field.oneof &&
        slots.some((slot, at) => at !== index && slot.field.oneof === field.oneof && values[at] !== undefined)
      ) {
        throw new Unusual();
      }
      values[index] = read(reader, depth);
    }
  };

  const writerOf = (desc: DescMessage): Writer => {
    const known = writers.get(desc.typeName);
    if (known) return known;
    const made = make(desc);
    writers.set(desc.typeName, made);
    return made;
  };

  const make = (desc: DescMessage): Writer => {
    if (desc.typeName === 'google.protobuf.Any') return anyWriter;
    if (desc.typeName === 'google.protobuf.Timestamp') return timestampWriter;
    if (!desc.typeName.startsWith('google.protobuf.')) return messageWriter(desc);
    return (reader, end) => {
      const bytes = reader.bytesRead.subarray(reader.pos, end);
      reader.pos = end;
      return throughLibrary(desc, registry, bytes);
    };
  };
  return writerOf;
};

const isText = (field: DescField): boolean => {
  const { scalar } = field as { scalar?: ScalarType };
  return scalar === ScalarType.STRING || scalar === ScalarType.BYTES;
};

const packed = (reader: Reader, read: ReadValue): string => {
  const end = reader.uint32() + reader.pos;
  const items: string[] = [];
  while (reader.pos < end) items.push(read(reader, 0));
  return items.join(',');
};

const readEntry = (
  field: DescField & { fieldKind: 'map' },
  read: ReadValue,
  reader: Reader,
  entries: Map<string, string>,
  depth: number,
): void => {
  const end = reader.uint32() + reader.pos;
  const keyWriter = scalarWriterOf({ scalar: field.mapKey } as never);
  let key = keyWriter.zero;
  let value: string | undefined;
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    if (number === 1) key = keyWriter.read(reader);
    else if (number === 2) value = read(reader, depth);
    else reader.skip(wire, number);
  }
  value ??= field.mapKind === 'message' ? '{}' : scalarWriterOf(field).zero;
  entries.set(key.startsWith('"') ? key : `"${key}"`, value);
};

const assemble = (slots: Slot[], values: (string | undefined)[], maps: Map<number, Map<string, string>>): string => {
  let text = '{';
  for (let index = 0; index < slots.length; index++) {
    const { label, field, absent } = slots[index]!;
    const entries = maps.get(index);
    let value = values[index];
    if (entries) value = join([...entries].map(([key, item]) => `${key}:${item}`));
    else if (value !== undefined && field.fieldKind === 'list') value = `[${value}]`;
    value ??= absent;
    if (value === undefined) continue;
    text += text.length === 1 ? label + value : `,${label}${value}`;
  }
  return `${text}}`;
};

const byRegistry = new WeakMap<Registry, ReturnType<typeof createWriters>>();

/**
 * An answer's bytes as JSON text, without building objects in between: pages of a timeline are the hottest thing the
 * gateway does. Empty fields are written too, so that every answer has the shape that the documentation shows.
 */
export const writeResponse = (desc: DescMessage, bytes: Uint8Array, registry: Registry): string => {
  let writerOf = byRegistry.get(registry);
  if (!writerOf) {
    writerOf = createWriters(registry);
    byRegistry.set(registry, writerOf);
  }
  try {
    return writerOf(desc)(new Reader(bytes), bytes.length, 0);
  } catch (error) {
    if (error instanceof Unusual) return throughLibrary(desc, registry, bytes);
    throw error;
  }
};
