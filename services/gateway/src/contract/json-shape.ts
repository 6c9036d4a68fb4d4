import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import type { Violation } from '@throughline/core';

type Json = Record<string, unknown>;

const names = new WeakMap<DescMessage, Map<string, DescField>>();

/** Fields by both of their names: `pageSize` as JSON writes it, `page_size` as the contract does. */
export const fieldsByName = (desc: DescMessage): Map<string, DescField> => {
  let known = names.get(desc);
  if (!known) {
    known = new Map(desc.fields.flatMap((field) => [[field.jsonName, field] as const, [field.name, field] as const]));
    names.set(desc, known);
  }
  return known;
};

const say = (out: Violation[], field: string, rule: string, description: string): void => {
  if (out.length < 20) out.push({ field: field || 'body', rule, description });
};

// With the u flag a pair counts as one character, so this finds only halves.
const isWellFormed = (text: string): boolean => !/\p{Cs}/u.test(text);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const ranges: Partial<Record<ScalarType, [bigint, bigint]>> = {};
for (const type of [ScalarType.INT32, ScalarType.SINT32, ScalarType.SFIXED32])
  ranges[type] = [-(2n ** 31n), 2n ** 31n - 1n];
for (const type of [ScalarType.UINT32, ScalarType.FIXED32]) ranges[type] = [0n, 2n ** 32n - 1n];
for (const type of [ScalarType.INT64, ScalarType.SINT64, ScalarType.SFIXED64])
  ranges[type] = [-(2n ** 63n), 2n ** 63n - 1n];
for (const type of [ScalarType.UINT64, ScalarType.FIXED64]) ranges[type] = [0n, 2n ** 64n - 1n];

const wholeNumber = (value: unknown, [least, most]: [bigint, bigint]): boolean => {
  if (typeof value === 'number') return Number.isSafeInteger(value) && BigInt(value) >= least && BigInt(value) <= most;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return false;
  return BigInt(value) >= least && BigInt(value) <= most;
};

const isNumber = (value: unknown): boolean =>
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && value !== '' && Number.isFinite(Number(value)));

const checkScalar = (type: ScalarType, value: unknown, path: string, out: Violation[]): void => {
  const range = ranges[type];
  if (range) {
    if (!wholeNumber(value, range)) say(out, path, 'type', `must be a whole number from ${range[0]} to ${range[1]}`);
  } else if (type === ScalarType.BOOL) {
    if (typeof value !== 'boolean') say(out, path, 'type', 'must be true or false');
  } else if (type === ScalarType.FLOAT || type === ScalarType.DOUBLE) {
    if (!isNumber(value)) say(out, path, 'type', 'must be a number');
  } else if (typeof value !== 'string') {
    say(out, path, 'type', type === ScalarType.BYTES ? 'must be base64 text' : 'must be text');
  } else if (!isWellFormed(value)) {
    say(out, path, 'utf8', 'holds half of a surrogate pair');
  }
};

const checkEnum = (desc: NonNullable<DescField['enum']>, value: unknown, path: string, out: Violation[]): void => {
  const known = typeof value === 'string' && desc.values.some(({ name }) => name === value);
  if (known || (Number.isInteger(value) && desc.values.some(({ number }) => number === value))) return;
  say(out, path, 'enum.defined_only', `must be one of ${desc.values.map(({ name }) => name).join(', ')}`);
};

/** Types that JSON writes as text or as anything; true when the type is one of them. */
const checkWellKnown = (desc: DescMessage, value: unknown, path: string, out: Violation[]): boolean => {
  if (!desc.typeName.startsWith('google.protobuf.')) return false;
  switch (desc.typeName) {
    case 'google.protobuf.Timestamp':
      if (
        typeof value !== 'string' ||
        !instant.test(value) ||
        Number.isNaN(Date.parse(value.replace(/(\.\d{3})\d+/, '$1')))
      ) {
        say(out, path, 'timestamp', 'must be an instant such as 2026-01-31T12:00:00Z');
      }
      return true;
    case 'google.protobuf.Duration':
      if (typeof value !== 'string' || !/^-?\d{1,12}(\.\d{1,9})?s$/.test(value))
        say(out, path, 'duration', 'must be seconds such as 1.5s');
      return true;
    case 'google.protobuf.FieldMask':
      if (typeof value !== 'string') say(out, path, 'type', 'must be field names joined by commas');
      return true;
    default:
      return true;
  }
};

const checkValue = (field: DescField, value: unknown, path: string, out: Violation[]): void => {
  const holder = field as { message?: DescMessage; enum?: DescField['enum']; scalar?: ScalarType };
  if (holder.message) checkMessage(holder.message, value, path, out);
  else if (holder.enum) checkEnum(holder.enum, value, path, out);
  else checkScalar(holder.scalar!, value, path, out);
};

const checkField = (field: DescField, value: unknown, path: string, out: Violation[]): void => {
  // In proto-JSON null is the same as absent.
  if (value === null || value === undefined) return;
  if (field.fieldKind === 'list') {
    if (!Array.isArray(value)) {
      say(out, path, 'type', 'must be a list');
      return;
    }
    value.forEach((item, index) => {
      checkValue(field, item, `${path}[${index}]`, out);
    });
  } else if (field.fieldKind === 'map') {
    if (!isObject(value)) {
      say(out, path, 'type', 'must be an object');
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      if (!isWellFormed(key)) say(out, path, 'utf8', 'a name holds half of a surrogate pair');
      checkValue(field, item, `${path}["${key}"]`, out);
    }
  } else {
    checkValue(field, value, path, out);
  }
};

/** Compares JSON with a message of the contract: unknown names, wrong types, each with its path in contract names. */
export const checkMessage = (desc: DescMessage, value: unknown, path: string, out: Violation[]): void => {
  if (checkWellKnown(desc, value, path, out)) return;
  if (!isObject(value)) {
    say(out, path, 'type', 'must be an object');
    return;
  }
  const known = fieldsByName(desc);
  const given = new Set<DescField>();
  const chosen = new Set<string>();
  for (const [key, item] of Object.entries(value)) {
    const field = known.get(key);
    const at = path ? `${path}.${field?.name ?? key.slice(0, 80)}` : (field?.name ?? key.slice(0, 80));
    if (!field) {
      say(out, at, 'unknown', 'is not a field of this request');
      continue;
    }
    if (given.has(field)) say(out, at, 'unique', 'is given under both of its names');
    given.add(field);
    if (field.oneof && item !== null) {
      if (chosen.has(field.oneof.name)) say(out, at, 'oneof', `only one member of ${field.oneof.name} may be set`);
      chosen.add(field.oneof.name);
    }
    checkField(field, item, at, out);
  }
};
