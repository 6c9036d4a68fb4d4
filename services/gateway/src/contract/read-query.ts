import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import type { Violation } from '@throughline/core';
import { fieldsByName } from './json-shape';

type Json = Record<string, unknown>;

const MOST_PARAMETERS = 200;
const textual = new Set(['google.protobuf.Timestamp', 'google.protobuf.Duration', 'google.protobuf.FieldMask']);

/** Text of a URL as the JSON value its field expects. What does not fit stays text and is refused by the shape check. */
export const coerce = (field: DescField, text: string): unknown => {
  const { scalar } = field as { scalar?: ScalarType };
  if (scalar === ScalarType.BOOL) return text === 'true' ? true : text === 'false' ? false : text;
  if (field.enum && /^\d{1,9}$/.test(text)) return Number(text);
  return text;
};

const unescaped = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

/** Pairs of a query string in order; undefined when an escape is broken. */
export const parseQuery = (query: string): [string, string][] | undefined => {
  if (query === '') return [];
  try {
    return query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => {
        const equals = part.indexOf('=');
        return equals < 0
          ? [unescaped(part), '']
          : [unescaped(part.slice(0, equals)), unescaped(part.slice(equals + 1))];
      });
  } catch {
    return undefined;
  }
};

interface Spot {
  holder: Json;
  field: DescField;
}

/** Follows a dotted name into nested messages, making the objects on the way. */
const spotOf = (desc: DescMessage, name: string, into: Json): Spot | undefined => {
  const parts = name.split('.');
  let here = desc;
  let holder = into;
  for (let at = 0; at < parts.length; at++) {
    const field = fieldsByName(here).get(parts[at]!);
    if (!field) return undefined;
    if (at === parts.length - 1) return { holder, field };
    if (field.fieldKind !== 'message' || textual.has(field.message.typeName)) return undefined;
    const next = (holder[field.jsonName] ?? {}) as Json;
    holder[field.jsonName] = next;
    holder = next;
    here = field.message;
  }
  return undefined;
};

const isPlain = (field: DescField): boolean => {
  if (field.fieldKind === 'map') return false;
  return !field.message || textual.has(field.message.typeName);
};

/** Puts a value of the path or query into the request; false when the request has no such field. */
export const putText = (desc: DescMessage, into: Json, name: string, text: string, out: Violation[]): void => {
  const spot = spotOf(desc, name, into);
  if (!spot || !isPlain(spot.field)) {
    out.push({ field: name.slice(0, 80), rule: 'unknown', description: 'is not a parameter of this method' });
    return;
  }
  const { holder, field } = spot;
  const value = coerce(field, text);
  if (field.fieldKind === 'list') holder[field.jsonName] = [...((holder[field.jsonName] as unknown[]) ?? []), value];
  else if (field.jsonName in holder)
    out.push({ field: field.name, rule: 'unique', description: 'is given more than once' });
  else holder[field.jsonName] = value;
};

/** The parameters of a query as proto-JSON. */
export const queryToJson = (desc: DescMessage, pairs: [string, string][], into: Json, out: Violation[]): void => {
  if (pairs.length > MOST_PARAMETERS) {
    out.push({ field: 'query', rule: 'size', description: `has at most ${MOST_PARAMETERS} parameters` });
    return;
  }
  for (const [name, text] of pairs) if (out.length < 20) putText(desc, into, name, text, out);
};
