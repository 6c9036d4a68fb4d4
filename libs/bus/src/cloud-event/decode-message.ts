import type { IncomingEvent, MessageHeaders } from '../types';
import { Undecodable } from '../undecodable';
import type { AttributeValue } from './attributes';
import { Attributes } from './attributes';
import { jsonToBytes } from './json-data';
import type { Envelope } from './structured';
import { readStructuredProtobuf } from './structured';

export function headerText(headers: MessageHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  const one = Array.isArray(value) ? value[0] : value;
  return one === undefined ? undefined : one.toString();
}

function parseJson(buffer: Buffer, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(buffer.toString('utf8'));
    if (value && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new Undecodable('MALFORMED_ENVELOPE', `${what}: ${(error as Error).message.slice(0, 200)}`);
  }
  throw new Undecodable('MALFORMED_ENVELOPE', `${what}: not a JSON object`);
}

function readStructuredJson(value: Buffer): Envelope {
  const json = parseJson(value, 'CloudEvents JSON');
  const attributes = new Attributes();
  for (const [name, item] of Object.entries(json)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (typeof item === 'object')
      throw new Undecodable('INVALID_ATTRIBUTE', `${name.slice(0, 64)}: must be a plain value`);
    attributes.put(name, String(item));
  }
  if (typeof json.data_base64 === 'string') return { attributes, data: Buffer.from(json.data_base64, 'base64') };
  const data = json.data === undefined ? undefined : jsonToBytes(String(attributes.type ?? ''), json.data);
  return { attributes, data };
}

function readBinary(value: Buffer, headers: MessageHeaders, contentType: string): Envelope {
  const attributes = new Attributes();
  for (const name of Object.keys(headers)) {
    if (name.startsWith('ce_')) attributes.put(name.slice(3), headerText(headers, name) ?? '');
  }
  const data = contentType.startsWith('application/json')
    ? jsonToBytes(String(attributes.type ?? ''), parseJson(value, 'data'))
    : value;
  return { attributes, data };
}

function envelopeOf(value: Buffer, headers: MessageHeaders | undefined): Envelope {
  const contentType = headerText(headers, 'content-type');
  if (headers && 'ce_id' in headers) return readBinary(value, headers, contentType ?? 'application/protobuf');
  if (contentType === undefined || contentType.startsWith('application/cloudevents+protobuf')) {
    return readStructuredProtobuf(value);
  }
  if (contentType.startsWith('application/cloudevents+json')) return readStructuredJson(value);
  throw new Undecodable('UNKNOWN_CONTENT_TYPE', `content-type ${contentType.slice(0, 100)} without ce_id header`);
}

type Given = AttributeValue | undefined;

function required(value: Given, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Undecodable('MISSING_ATTRIBUTE', `${name}: is required`);
  if (value.length > 1024) throw new Undecodable('INVALID_ATTRIBUTE', `${name}: at most 1024 characters`);
  return value;
}

const optional = (value: Given): string | undefined =>
  value === undefined || value === '' ? undefined : String(value);

function instant(value: Given, name: string, fallback?: Date): Date {
  const date = value instanceof Date ? value : value === undefined || value === '' ? fallback : new Date(value);
  if (!date) throw new Undecodable('MISSING_ATTRIBUTE', `${name}: is required`);
  const ms = date.getTime();
  if (!(ms >= 0 && ms < 253_402_300_800_000)) {
    throw new Undecodable('INVALID_ATTRIBUTE', `${name}: must be an RFC 3339 instant from 1970 to 9999`);
  }
  return date;
}

const tenantForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Reads an event in any standard mode of CloudEvents over Kafka; throws `Undecodable` that says which attribute and why. */
export function decodeMessage(message: { value: Buffer | null; headers?: MessageHeaders | undefined }): IncomingEvent {
  const { value, headers } = message;
  if (!value || value.length === 0) throw new Undecodable('EMPTY_VALUE', 'the message has no value');
  const { attributes, data, dataType } = envelopeOf(value, headers);
  const type = required(attributes.type, 'type');
  const tenantId = required(attributes.tenantid, 'tenantid');
  if (!tenantForm.test(tenantId)) {
    throw new Undecodable('INVALID_ATTRIBUTE', 'tenantid: letters, digits, dot, dash and underscore, at most 64');
  }
  if (!data) throw new Undecodable('MALFORMED_DATA', 'data: is required');
  if (dataType !== undefined && dataType !== type) {
    throw new Undecodable('MALFORMED_DATA', `data: is a ${dataType.slice(0, 200)} but type says ${type}`);
  }
  const time = instant(attributes.time, 'time');
  return {
    id: required(attributes.id, 'id'),
    source: required(attributes.source, 'source'),
    type,
    subject: optional(attributes.subject) ?? '',
    time,
    tenantId,
    recordedAt: instant(attributes.recordedat, 'recordedat', time),
    contactPoint: optional(attributes.contactpoint),
    conversationId: optional(attributes.conversationid),
    channel: optional(attributes.channel),
    issueId: optional(attributes.issueid),
    correlationId: optional(attributes.correlationid),
    causationId: optional(attributes.causationid),
    data,
    raw: value,
    traceparent: headerText(headers, 'traceparent'),
    extensions: attributes.foreign,
  };
}
