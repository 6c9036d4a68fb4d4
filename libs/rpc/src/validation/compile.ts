import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import type { Violation } from '@throughline/core';
import type { FieldRules } from './rules';
import { oneofRequired, rulesOf } from './rules';

type Check = (value: unknown, path: string, out: Violation[]) => void;
type Fields = Record<string, unknown>;

const say = (out: Violation[], field: string, rule: string, description: string) => {
  // Enough to repair the call; a hostile one must not make us build a book.
  if (out.length < 20) out.push({ field, rule, description });
};

/** Code points, but only counted when the cheap bound does not decide. */
const longer = (text: string, max: number) => text.length > max && (text.length > max * 2 || [...text].length > max);
const shorter = (text: string, min: number) => text.length < min * 2 && [...text].length < min;

function stringChecks(rules: Fields): Check[] {
  const checks: Check[] = [];
  const min = Number(rules.minLen ?? 0);
  const max = Number(rules.maxLen ?? 0);
  if (min > 0) {
    checks.push((value, path, out) => {
      if (shorter(value as string, min))
        say(out, path, 'string.min_len', value === '' ? 'is required' : `needs at least ${min} characters`);
    });
  }
  if (max > 0) {
    checks.push((value, path, out) => {
      if (longer(value as string, max)) say(out, path, 'string.max_len', `has at most ${max} characters`);
    });
  }
  if (rules.pattern) {
    const pattern = new RegExp(rules.pattern as string, 'u');
    checks.push((value, path, out) => {
      if (!pattern.test(value as string)) say(out, path, 'string.pattern', `must match ${pattern.source}`);
    });
  }
  return checks;
}

function numberChecks(kind: string, rules: Fields): Check[] {
  const checks: Check[] = [];
  const low = rules.greaterThan as { case?: string; value?: bigint | number } | undefined;
  const high = rules.lessThan as { case?: string; value?: bigint | number } | undefined;
  // Written so that NaN, which is neither less nor greater, breaks every bound.
  if (low?.case === 'gte') {
    checks.push((value, path, out) => {
      if (!((value as number) >= low.value!)) say(out, path, `${kind}.gte`, `must be at least ${low.value}`);
    });
  }
  if (low?.case === 'gt') {
    checks.push((value, path, out) => {
      if (!((value as number) > low.value!)) say(out, path, `${kind}.gt`, `must be greater than ${low.value}`);
    });
  }
  if (high?.case === 'lte') {
    checks.push((value, path, out) => {
      if (!((value as number) <= high.value!)) say(out, path, `${kind}.lte`, `must be at most ${high.value}`);
    });
  }
  if (high?.case === 'lt') {
    checks.push((value, path, out) => {
      if (!((value as number) < high.value!)) say(out, path, `${kind}.lt`, `must be less than ${high.value}`);
    });
  }
  return checks;
}

/** ts-proto names an enum value by its full name in the contract, and an unknown one UNRECOGNIZED. */
function enumChecks(desc: DescEnum, rules: Fields): Check[] {
  const checks: Check[] = [];
  const known = new Map(desc.values.map((entry) => [entry.name, entry.number]));
  if (rules.definedOnly) {
    checks.push((value, path, out) => {
      if (!known.has(value as string))
        say(out, path, 'enum.defined_only', `must be one of ${[...known.keys()].join(', ')}`);
    });
  }
  const notIn = new Set((rules.notIn ?? []) as number[]);
  if (notIn.size > 0) {
    checks.push((value, path, out) => {
      const number = known.get(value as string);
      if (number !== undefined && notIn.has(number))
        say(out, path, 'enum.not_in', `${String(value)} is not allowed here`);
    });
  }
  return checks;
}

function valueChecks(field: DescField, rules: FieldRules | undefined): Check[] {
  const { case: kind, value = {} } = rules?.type ?? {};
  const checks: Check[] = [];
  if (kind === 'string') checks.push(...stringChecks(value));
  else if (kind === 'enum' && field.enum) checks.push(...enumChecks(field.enum, value));
  else if (kind === 'int32' || kind === 'int64' || kind === 'uint32' || kind === 'uint64' || kind === 'double')
    checks.push(...numberChecks(kind, value));
  else if (kind !== undefined && kind !== 'repeated' && kind !== 'map')
    throw new Error(`${field}: rules of type ${kind} are not supported`);
  if (field.message && !wellKnown(field.message)) checks.push(lazily(field.message));
  return checks;
}

const wellKnown = (desc: DescMessage) => desc.typeName.startsWith('google.protobuf.');

/** Messages may hold themselves, so the inner validator is made when first needed. */
function lazily(desc: DescMessage): Check {
  let check: Check | undefined;
  return (value, path, out) => {
    check ??= validatorOf(desc);
    if (value !== undefined) check(value, path, out);
  };
}

function listCheck(field: DescField, rules: FieldRules | undefined): Check[] {
  const own = (rules?.type?.case === 'repeated' ? rules.type.value : {}) as Fields;
  const min = Number(own.minItems ?? 0);
  const max = Number(own.maxItems ?? 0);
  const items = valueChecks(field, own.items as FieldRules | undefined);
  const checks: Check[] = [];
  if (min > 0 || max > 0) {
    checks.push((value, path, out) => {
      const { length } = value as unknown[];
      if (length < min) say(out, path, 'repeated.min_items', `needs at least ${min}`);
      if (max > 0 && length > max) say(out, path, 'repeated.max_items', `has at most ${max}`);
    });
  }
  if (items.length > 0) {
    checks.push((value, path, out) => {
      const list = value as unknown[];
      if (max > 0 && list.length > max) return;
      for (let i = 0; i < list.length; i++) for (const check of items) check(list[i], `${path}[${i}]`, out);
    });
  }
  return checks;
}

function mapCheck(field: DescField & { fieldKind: 'map' }, rules: FieldRules | undefined): Check[] {
  const own = (rules?.type?.case === 'map' ? rules.type.value : {}) as Fields;
  const max = Number(own.maxPairs ?? 0);
  const keyRules = own.keys as FieldRules | undefined;
  const keys = keyRules?.type?.case === 'string' ? stringChecks(keyRules.type.value ?? {}) : [];
  const values = valueChecks(field, own.values as FieldRules | undefined);
  return [
    (value, path, out) => {
      const entries = Object.entries(value as Fields);
      if (max > 0 && entries.length > max) return say(out, path, 'map.max_pairs', `has at most ${max} entries`);
      for (const [key, item] of entries) {
        const at = `${path}["${key.slice(0, 64)}"]`;
        for (const check of keys) check(key, at, out);
        for (const check of values) check(item, at, out);
      }
    },
  ];
}

function fieldChecks(field: DescField): Check[] {
  const rules = rulesOf(field);
  const checks: Check[] = [];
  if (rules?.required) {
    checks.push((value, path, out) => {
      if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
        say(out, path, 'required', 'is required');
    });
  }
  if (field.fieldKind === 'list') checks.push(...listCheck(field, rules));
  else if (field.fieldKind === 'map') checks.push(...mapCheck(field, rules));
  else if (isProto3Optional(field)) {
    // What was left out has no value that could break a rule.
    const own = valueChecks(field, rules);
    checks.push((value, path, out) => {
      if (value !== undefined) for (const check of own) check(value, path, out);
    });
  } else checks.push(...valueChecks(field, rules));
  return checks;
}

const cache = new Map<string, Check>();

/** The validator of a message, over the objects that ts-proto makes. Built once; a check costs what it compares. */
export function validatorOf(desc: DescMessage): Check {
  const known = cache.get(desc.typeName);
  if (known) return known;
  const plain = desc.fields
    .filter((field) => !field.oneof || isProto3Optional(field))
    .map((field) => ({ key: field.localName, name: field.name, checks: fieldChecks(field) }))
    .filter(({ checks }) => checks.length > 0);
  const oneofs = desc.oneofs
    .filter((oneof) => !oneof.name.startsWith('_'))
    .map((oneof) => ({
      key: oneof.localName,
      name: oneof.name,
      required: oneofRequired(oneof),
      members: new Map(
        oneof.fields.map((field) => [field.localName, { name: field.name, checks: fieldChecks(field) }]),
      ),
    }));
  const check: Check = (value, path, out) => {
    const fields = value as Fields;
    const at = path === '' ? '' : `${path}.`;
    for (const { key, name, checks } of plain) for (const one of checks) one(fields[key], at + name, out);
    for (const { key, name, required, members } of oneofs) {
      const chosen = fields[key] as { $case: string; value: unknown } | undefined;
      if (!chosen && required) say(out, at + name, 'oneof.required', 'one of them is required');
      const member = chosen && members.get(chosen.$case);
      if (member) for (const one of member.checks) one(chosen.value, at + member.name, out);
    }
  };
  cache.set(desc.typeName, check);
  return check;
}

const isProto3Optional = (field: DescField) => field.proto.proto3Optional;
