import type { IncomingEvent, MessageHeaders, RawMessage } from '@throughline/bus';
import { decodeMessage, encodeEvent, Undecodable } from '@throughline/bus';

/**
 * An event as places in its own bytes. The timeline copies most attributes from one message to another and never
 * looks at them as text, so text is only made of what somebody asks for.
 */
export class SpanEvent implements IncomingEvent {
  idStart = 0;
  idEnd = 0;
  sourceStart = 0;
  sourceEnd = 0;
  typeStart = 0;
  typeEnd = 0;
  tenantStart = 0;
  tenantEnd = 0;
  pointStart = 0;
  pointEnd = 0;
  conversationStart = 0;
  conversationEnd = 0;
  channelStart = 0;
  channelEnd = 0;
  issueStart = 0;
  issueEnd = 0;
  /** The google.protobuf.Any of the data, and the message inside it. */
  anyStart = 0;
  anyEnd = 0;
  dataStart = 0;
  dataEnd = 0;
  timeMs = -1;
  recordedMs = -1;

  constructor(
    readonly raw: Buffer,
    readonly headers: MessageHeaders,
  ) {}

  private text(start: number, end: number): string {
    return this.raw.toString('utf8', start, end);
  }

  private optional(start: number, end: number): string | undefined {
    return end > start ? this.raw.toString('utf8', start, end) : undefined;
  }

  private general(): IncomingEvent {
    return decodeMessage({ value: this.raw, headers: {} });
  }

  get id(): string {
    return this.text(this.idStart, this.idEnd);
  }
  get source(): string {
    return this.text(this.sourceStart, this.sourceEnd);
  }
  get type(): string {
    return this.text(this.typeStart, this.typeEnd);
  }
  // Nobody on the hot path asks for these.
  get subject(): string {
    return this.general().subject;
  }
  get tenantId(): string {
    return this.text(this.tenantStart, this.tenantEnd);
  }
  get time(): Date {
    return new Date(this.timeMs);
  }
  get recordedAt(): Date {
    return new Date(this.recordedMs);
  }
  get contactPoint(): string | undefined {
    return this.optional(this.pointStart, this.pointEnd);
  }
  get conversationId(): string | undefined {
    return this.optional(this.conversationStart, this.conversationEnd);
  }
  get channel(): string | undefined {
    return this.optional(this.channelStart, this.channelEnd);
  }
  get issueId(): string | undefined {
    return this.optional(this.issueStart, this.issueEnd);
  }
  get correlationId(): string | undefined {
    return this.general().correlationId;
  }
  get causationId(): string | undefined {
    return this.general().causationId;
  }
  get data(): Uint8Array {
    return this.raw.subarray(this.dataStart, this.dataEnd);
  }
  get traceparent(): string | undefined {
    return this.headers['traceparent']?.toString();
  }
}

// Where the reader stands; outside the functions because an object per varint costs more than the varint.
let at = 0;

class CutOff extends Error {}

const varint = (bytes: Buffer, end: number): number => {
  let value = 0;
  let factor = 1;
  for (let i = 0; i < 10 && at < end; i++) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 0x80;
  }
  throw new CutOff('cut off');
};

const length = (bytes: Buffer, end: number): number => {
  const size = varint(bytes, end);
  if (size > end - at) throw new CutOff('length beyond the end');
  return size;
};

const skip = (bytes: Buffer, end: number, wire: number): void => {
  if (wire === 0) varint(bytes, end);
  else if (wire === 2) at = length(bytes, end) + at;
  else if (wire === 1) at += 8;
  else if (wire === 5) at += 4;
  else throw new CutOff(`wire type ${wire}`);
  if (at > end) throw new CutOff('cut off');
};

const timestamp = (bytes: Buffer, end: number): number => {
  let ms = 0;
  while (at < end) {
    const tag = varint(bytes, end);
    if (tag === 8) ms += varint(bytes, end) * 1000;
    else if (tag === 16) ms += Math.floor(varint(bytes, end) / 1_000_000);
    else skip(bytes, end, tag & 7);
  }
  return ms;
};

const is = (bytes: Buffer, start: number, end: number, name: string): boolean => {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name.charCodeAt(i)) return false;
  return true;
};

const attribute = (bytes: Buffer, end: number, into: SpanEvent): void => {
  let nameStart = 0;
  let nameEnd = 0;
  let start = 0;
  let stop = 0;
  let ms = -1;
  while (at < end) {
    const tag = varint(bytes, end);
    if (tag === 10) {
      const size = length(bytes, end);
      nameStart = at;
      nameEnd = at += size;
    } else if (tag === 18) {
      const valueEnd = length(bytes, end) + at;
      while (at < valueEnd) {
        const kind = varint(bytes, valueEnd);
        if (kind === 26 || kind === 42 || kind === 50) {
          const size = length(bytes, valueEnd);
          start = at;
          stop = at += size;
        } else if (kind === 58) ms = timestamp(bytes, length(bytes, valueEnd) + at);
        else skip(bytes, valueEnd, kind & 7);
      }
    } else skip(bytes, end, tag & 7);
  }
  assign(bytes, nameStart, nameEnd, start, stop, ms, into);
};

const instant = (bytes: Buffer, start: number, stop: number, ms: number): number =>
  ms >= 0 ? ms : Date.parse(bytes.toString('utf8', start, stop));

// By length first: most names are told apart by it, and what is left is compared byte by byte.
const assign = (b: Buffer, n: number, e: number, start: number, stop: number, ms: number, into: SpanEvent): void => {
  switch (e - n) {
    case 4:
      if (is(b, n, e, 'time')) into.timeMs = instant(b, start, stop, ms);
      break;
    case 7:
      if (is(b, n, e, 'channel')) {
        into.channelStart = start;
        into.channelEnd = stop;
      } else if (is(b, n, e, 'issueid')) {
        into.issueStart = start;
        into.issueEnd = stop;
      }
      break;
    case 8:
      if (is(b, n, e, 'tenantid')) {
        into.tenantStart = start;
        into.tenantEnd = stop;
      }
      break;
    case 10:
      if (is(b, n, e, 'recordedat')) into.recordedMs = instant(b, start, stop, ms);
      break;
    case 12:
      if (is(b, n, e, 'contactpoint')) {
        into.pointStart = start;
        into.pointEnd = stop;
      }
      break;
    case 14:
      if (is(b, n, e, 'conversationid')) {
        into.conversationStart = start;
        into.conversationEnd = stop;
      }
      break;
  }
};

const any = (bytes: Buffer, end: number, into: SpanEvent): boolean => {
  let typed = false;
  while (at < end) {
    const tag = varint(bytes, end);
    if (tag === 10) {
      const size = length(bytes, end);
      const name = at + size - (into.typeEnd - into.typeStart);
      // The url ends in the type of the event; anything else is for the general reader to judge.
      typed = name > at && bytes[name - 1] === 0x2f && sameBytes(bytes, into.typeStart, into.typeEnd, name);
      at += size;
    } else if (tag === 18) {
      const size = length(bytes, end);
      into.dataStart = at;
      into.dataEnd = at += size;
    } else skip(bytes, end, tag & 7);
  }
  return typed;
};

const sameBytes = (bytes: Buffer, start: number, end: number, other: number): boolean => {
  for (let i = 0; i < end - start; i++) if (bytes[start + i] !== bytes[other + i]) return false;
  return true;
};

const envelope = (bytes: Buffer, into: SpanEvent): boolean => {
  const end = bytes.length;
  let typed = false;
  at = 0;
  while (at < end) {
    const tag = varint(bytes, end);
    if (tag === 42) attribute(bytes, length(bytes, end) + at, into);
    else if (tag === 10 || tag === 18 || tag === 34) {
      const size = length(bytes, end);
      const start = at;
      at += size;
      if (tag === 10) {
        into.idStart = start;
        into.idEnd = at;
      } else if (tag === 18) {
        into.sourceStart = start;
        into.sourceEnd = at;
      } else {
        into.typeStart = start;
        into.typeEnd = at;
      }
    } else if (tag === 66) {
      const size = length(bytes, end);
      into.anyStart = at;
      into.anyEnd = at + size;
      typed = any(bytes, into.anyEnd, into);
    } else skip(bytes, end, tag & 7);
  }
  return typed;
};

const LONGEST = 1024;
const LATEST = 253_402_300_800_000;

const sound = (event: SpanEvent): boolean => {
  const idSize = event.idEnd - event.idStart;
  const sourceSize = event.sourceEnd - event.sourceStart;
  const typeSize = event.typeEnd - event.typeStart;
  const tenantSize = event.tenantEnd - event.tenantStart;
  if (idSize < 1 || sourceSize < 1 || typeSize < 1 || tenantSize < 1) return false;
  if (idSize > LONGEST || sourceSize > LONGEST || typeSize > LONGEST || tenantSize > 64) return false;
  if (event.raw[event.tenantStart]! < 0x30 || event.raw[event.tenantStart] === 0x5f) return false;
  for (let i = event.tenantStart; i < event.tenantEnd; i++) if (!tenantBytes[event.raw[i]!]) return false;
  if (event.recordedMs < 0) event.recordedMs = event.timeMs;
  return event.timeMs >= 0 && event.timeMs < LATEST && event.recordedMs >= 0 && event.recordedMs < LATEST;
};

const tenantBytes = new Uint8Array(256);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-')
  tenantBytes[char.charCodeAt(0)] = 1;

const isOurForm = (headers: MessageHeaders): boolean => {
  if ('ce_id' in headers) return false;
  const contentType = headers['content-type'];
  return contentType === undefined || contentType.toString().startsWith('application/cloudevents+protobuf');
};

const read = (value: Buffer, headers: MessageHeaders): SpanEvent | undefined => {
  const event = new SpanEvent(value, headers);
  try {
    return envelope(value, event) && sound(event) ? event : undefined;
  } catch (error) {
    if (error instanceof CutOff) return undefined;
    throw error;
  }
};

/**
 * Reads an event. The common form is read in place; every other form, and everything that looks wrong, goes through
 * the general reader, which knows all modes and says exactly what is missing.
 */
export const decodeSpans = (message: Pick<RawMessage, 'value' | 'headers'>): SpanEvent => {
  const { value, headers } = message;
  const event = value && isOurForm(headers) ? read(value, headers) : undefined;
  if (event) return event;
  const again = read(encodeEvent(decodeMessage(message)), headers);
  if (!again) throw new Undecodable('MALFORMED_ENVELOPE', 'the event cannot be read in place');
  return again;
};
