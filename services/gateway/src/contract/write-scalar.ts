import type { DescField } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import type { BinaryReader } from '@bufbuild/protobuf/wire';

export interface ScalarWriter {
  /** Next value on the wire as JSON text. */
  read: (reader: BinaryReader) => string;
  /** JSON text of the value an absent field has. */
  zero: string;
}

const real = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
};

const long = { zero: '"0"' };
const small = { zero: '0' };

const writers: Record<ScalarType, ScalarWriter> = {
  [ScalarType.STRING]: { read: (reader) => JSON.stringify(reader.string()), zero: '""' },
  [ScalarType.BYTES]: { read: (reader) => `"${Buffer.from(reader.bytes()).toString('base64')}"`, zero: '""' },
  [ScalarType.BOOL]: { read: (reader) => (reader.bool() ? 'true' : 'false'), zero: 'false' },
  [ScalarType.DOUBLE]: { read: (reader) => real(reader.double()), ...small },
  [ScalarType.FLOAT]: { read: (reader) => real(reader.float()), ...small },
  [ScalarType.INT32]: { read: (reader) => String(reader.int32()), ...small },
  [ScalarType.UINT32]: { read: (reader) => String(reader.uint32()), ...small },
  [ScalarType.SINT32]: { read: (reader) => String(reader.sint32()), ...small },
  [ScalarType.FIXED32]: { read: (reader) => String(reader.fixed32()), ...small },
  [ScalarType.SFIXED32]: { read: (reader) => String(reader.sfixed32()), ...small },
  // 64-bit numbers are text in proto-JSON.
  [ScalarType.INT64]: { read: (reader) => `"${reader.int64()}"`, ...long },
  [ScalarType.UINT64]: { read: (reader) => `"${reader.uint64()}"`, ...long },
  [ScalarType.SINT64]: { read: (reader) => `"${reader.sint64()}"`, ...long },
  [ScalarType.FIXED64]: { read: (reader) => `"${reader.fixed64()}"`, ...long },
  [ScalarType.SFIXED64]: { read: (reader) => `"${reader.sfixed64()}"`, ...long },
};

const enumWriter = (values: Map<number, string>): ScalarWriter => ({
  read: (reader) => {
    const number = reader.int32();
    return values.get(number) ?? String(number);
  },
  zero: values.get(0) ?? '0',
});

/** How the values of a scalar or enum field are written. */
export const scalarWriterOf = (field: DescField): ScalarWriter => {
  const { enum: desc, scalar } = field as { enum?: DescField['enum']; scalar?: ScalarType };
  if (desc) return enumWriter(new Map(desc.values.map(({ name, number }) => [number, `"${name}"`])));
  return writers[scalar!];
};

const DAY = 86_400;
const FIRST = -62_135_596_800;
const LAST = 253_402_300_799;
const two = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
let knownDay = Number.NaN;
let knownDate = '';

// Entries of a page often share their day, and asking Date for each of them was the largest part of writing a page.
const dateOf = (day: number): string => {
  if (day !== knownDay) {
    knownDay = day;
    knownDate = new Date(day * DAY * 1_000).toISOString().slice(0, 11);
  }
  return knownDate;
};

const fraction = (nanos: number): string => {
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`;
};

/** An instant as proto-JSON writes it: no, three, six or nine digits after the second. */
export const timestampText = (seconds: number, nanos: number): string => {
  // Some encoders write the moments before 1970 with negative nanoseconds; the format counts them upwards.
  if (nanos < 0) return timestampText(seconds - 1, nanos + 1_000_000_000);
  if (!(seconds >= FIRST && seconds <= LAST)) throw new RangeError('an instant lies outside the years 1 to 9999');
  const day = Math.floor(seconds / DAY);
  const rest = seconds - day * DAY;
  const hour = Math.floor(rest / 3_600);
  const minute = Math.floor(rest / 60) % 60;
  const time = `${dateOf(day)}${two[hour]}:${two[minute]}:${two[rest % 60]}`;
  return `"${time}${nanos === 0 ? '' : fraction(nanos)}Z"`;
};
