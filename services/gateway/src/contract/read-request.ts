import type { DescMessage, JsonValue, Registry } from '@bufbuild/protobuf';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import type { Violation } from '@throughline/core';
import { Refusal } from '@throughline/core';
import { checkMessage, fieldsByName } from './json-shape';
import type { ApiMethod, HttpRule } from './methods';
import { parseQuery, putText, queryToJson } from './read-query';

type Json = Record<string, unknown>;

export interface RestRequest {
  params: Record<string, string>;
  query: string;
  /** Parsed body; undefined when there was none. */
  body: unknown;
  idempotencyKey?: string | undefined;
}

const refuse = (violations: Violation[]): never => {
  const text = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  throw new Refusal('invalid', 'INVALID_ARGUMENT', text, { violations });
};

const objectBody = (body: unknown): Json => {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  return refuse([{ field: 'body', rule: 'type', description: 'must be a JSON object' }]);
};

const fromBody = (desc: DescMessage, rule: HttpRule, body: unknown): Json => {
  if (rule.body === '*') return objectBody(body);
  if (rule.body === '' || body === undefined) return {};
  return { [fieldsByName(desc).get(rule.body)!.jsonName]: body };
};

/** What the path says is the truth; a body that says otherwise is a mistake of its sender. */
const putParams = (desc: DescMessage, json: Json, params: Record<string, string>, out: Violation[]): void => {
  for (const name in params) {
    const field = fieldsByName(desc).get(name);
    const given = field && (json[field.jsonName] ?? json[field.name]);
    if (field && given !== undefined && given !== null && given !== '') {
      if (given !== params[name])
        out.push({ field: name, rule: 'path', description: 'differs from the one in the path' });
      continue;
    }
    if (field) {
      delete json[field.jsonName];
      delete json[field.name];
    }
    putText(desc, json, name, params[name]!, out);
  }
};

const putRequestId = (method: ApiMethod, json: Json, key: string | undefined, out: Violation[]): void => {
  const field = method.requestId;
  if (!field || key === undefined) return;
  const given = json[field.jsonName] ?? json[field.name];
  if (given === undefined || given === null || given === '') {
    delete json[field.name];
    json[field.jsonName] = key;
  } else if (given !== key) {
    out.push({ field: field.name, rule: 'path', description: 'differs from the Idempotency-Key header' });
  }
};

// The library names the field only by its type, so this is the net under the shape check, which names the whole path.
const faultOf = (error: unknown): Violation => {
  const { message } = error as Error;
  const field = /field [\w.]+\.(\w+)/.exec(message)?.[1] ?? 'body';
  return { field, rule: 'json', description: message.replace(/[\w.]+\.v\d+\./g, '').slice(0, 200) };
};

/** Path, query and body of a REST call as the bytes of its request message. */
export const readRequest = (method: ApiMethod, rule: HttpRule, request: RestRequest, registry: Registry): Buffer => {
  const violations: Violation[] = [];
  const json = fromBody(method.input, rule, request.body);
  const pairs = parseQuery(request.query);
  if (!pairs) refuse([{ field: 'query', rule: 'escape', description: 'has a broken percent escape' }]);
  if (rule.body === '*' && pairs!.length > 0) {
    violations.push({
      field: pairs![0]![0].slice(0, 80),
      rule: 'unknown',
      description: 'this method takes a body, not a query',
    });
  } else queryToJson(method.input, pairs!, json, violations);
  putParams(method.input, json, request.params, violations);
  putRequestId(method, json, request.idempotencyKey, violations);
  checkMessage(method.input, json, '', violations);
  if (violations.length > 0) refuse(violations);
  try {
    const message = fromJson(method.input, json as JsonValue, { registry });
    const bytes = toBinary(method.input, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    return refuse([faultOf(error)]);
  }
};
