import type { OutgoingEvent } from '../types';
import { varintSize, WireWriter } from './wire';

const writer = new WireWriter();
const ATTRIBUTE = (5 << 3) | 2;
const CE_STRING = (3 << 3) | 2;
const CE_TIMESTAMP = (7 << 3) | 2;
const TYPE_URL = 'type.googleapis.com/';

/** Makes room for an attribute whose value takes so many bytes, and writes what stands before them. */
function beginAttribute(name: string, inner: number): void {
  const entry = 2 + name.length + 1 + varintSize(inner) + inner;
  writer.reserve(entry + 16);
  writer.varint(ATTRIBUTE);
  writer.varint(entry);
  writer.text(10, name);
  writer.varint(18);
  writer.varint(inner);
}

function stringAttribute(name: string, value: string): void {
  const valueLength = Buffer.byteLength(value);
  beginAttribute(name, 1 + varintSize(valueLength) + valueLength);
  writer.text(CE_STRING, value);
}

function timeAttribute(name: string, time: Date): void {
  const ms = time.getTime();
  const seconds = Math.floor(ms / 1000);
  const nanos = (ms - seconds * 1000) * 1_000_000;
  if (seconds < 0) throw new RangeError(`${name} lies before 1970`);
  const stamp = (seconds > 0 ? 1 + varintSize(seconds) : 0) + (nanos > 0 ? 1 + varintSize(nanos) : 0);
  beginAttribute(name, 2 + stamp);
  writer.varint(CE_TIMESTAMP);
  writer.varint(stamp);
  if (seconds > 0) {
    writer.varint(8);
    writer.varint(seconds);
  }
  if (nanos > 0) {
    writer.varint(16);
    writer.varint(nanos);
  }
}

const OPEN_TIME = 12;
const open = Buffer.alloc(OPEN_TIME);

/** A moment that is set later: always as long, and the last that is written. */
function openTimeAttribute(name: string): void {
  beginAttribute(name, 2 + OPEN_TIME);
  writer.varint(CE_TIMESTAMP);
  writer.varint(OPEN_TIME);
  writer.raw(open);
}

/** A varint of five bytes, whatever its value: readers take one that is longer than it has to be. */
function longVarint(into: Buffer, at: number, value: number): void {
  let rest = value;
  for (let i = 0; i < 4; i++) {
    into[at + i] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  into[at + 4] = rest;
}

/** What the events of one change have in common. */
export type SharedAttributes = Omit<OutgoingEvent, 'id' | 'type' | 'time' | 'data'>;

function sharedAttributes(event: Omit<SharedAttributes, 'recordedAt'> & { recordedAt?: Date | undefined }): void {
  writer.text(18, event.source);
  writer.text(26, '1.0');
  stringAttribute('subject', event.subject);
  stringAttribute('tenantid', event.tenantId);
  if (event.recordedAt) timeAttribute('recordedat', event.recordedAt);
  if (event.contactPoint) stringAttribute('contactpoint', event.contactPoint);
  if (event.conversationId) stringAttribute('conversationid', event.conversationId);
  if (event.channel) stringAttribute('channel', event.channel);
  if (event.issueId) stringAttribute('issueid', event.issueId);
  if (event.correlationId) stringAttribute('correlationid', event.correlationId);
  if (event.causationId) stringAttribute('causationid', event.causationId);
}

function ownAttributes(event: Pick<OutgoingEvent, 'id' | 'type' | 'time' | 'data'>): void {
  writer.text(10, event.id);
  writer.text(34, event.type);
  timeAttribute('time', event.time);
  const url = TYPE_URL.length + event.type.length;
  const any = 1 + varintSize(url) + url + 1 + varintSize(event.data.length) + event.data.length;
  writer.reserve(any + 16);
  writer.varint((8 << 3) | 2);
  writer.varint(any);
  writer.text(10, TYPE_URL + event.type);
  writer.bytes(18, event.data);
}

/** Encodes an event in the CloudEvents protobuf format. The same bytes go to the outbox, the topic and the archive. */
export function encodeEvent(event: OutgoingEvent): Buffer {
  writer.reset();
  sharedAttributes(event);
  ownAttributes(event);
  return writer.take();
}

/** Encodes an event before it is known when it will be recorded. It is one only once `setRecordedAt` has said so. */
export function encodeEventAhead(event: Omit<OutgoingEvent, 'recordedAt'>): Buffer {
  writer.reset();
  sharedAttributes({ ...event, recordedAt: undefined });
  ownAttributes(event);
  openTimeAttribute('recordedat');
  return writer.take();
}

/** Says in the bytes of `encodeEventAhead`, in place, when the event is recorded: from 1970 to the year 3000. */
export function setRecordedAt(bytes: Buffer, recordedAt: Date): void {
  const ms = recordedAt.getTime();
  const seconds = Math.floor(ms / 1000);
  if (!(seconds >= 0 && seconds < 2 ** 35)) throw new RangeError('recordedat lies before 1970 or after the year 3000');
  const at = bytes.length - OPEN_TIME;
  bytes[at] = 8;
  longVarint(bytes, at + 1, seconds);
  bytes[at + 6] = 16;
  longVarint(bytes, at + 7, (ms - seconds * 1000) * 1_000_000);
}

/** Encodes several events that share most attributes: those are written once and copied. */
export function eventEncoder(
  shared: SharedAttributes,
): (event: Pick<OutgoingEvent, 'id' | 'type' | 'time' | 'data'>) => Buffer {
  writer.reset();
  sharedAttributes(shared);
  const prefix = writer.take();
  return (event) => {
    writer.reset();
    writer.raw(prefix);
    ownAttributes(event);
    return writer.take();
  };
}
