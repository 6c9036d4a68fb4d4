import type { RowBlock } from '../../use-cases/ports';
import type { Rendering } from './render/render';
import type { SpanEvent } from './span-event';

// Tags of throughline.journey.v1.TimelineEntry; a test compares the result with the generated code. The cursor (13) is
// not stored: it follows from the row's key and is added when the row is read.
const EVENT_ID = 0x0a;
const OCCURRED_AT = 0x12;
const RECORDED_AT = 0x1a;
const SOURCE = 0x2a;
const CHANNEL = 0x3a;
const CONVERSATION_ID = 0x42;
const ISSUE_ID = 0x4a;
const CONTACT_POINT = 0x52;
const SUMMARY = 0x5a;
const DATA = 0x62;

const sizeOf = (value: number): number => {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
};

/** Opens a row in the block and writes its entry; gives where the entry ends. */
export const createEntryWriter = () => {
  let block: Buffer = Buffer.alloc(0);
  let at = 0;

  const varint = (value: number): void => {
    let rest = value;
    while (rest > 0x7f) {
      block[at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    block[at++] = rest;
  };
  // Short stretches are copied byte by byte: a call into the runtime costs as much as sixty bytes.
  const copy = (from: Uint8Array, start: number, end: number): void => {
    if (end - start > 64) {
      block.set(from.subarray(start, end), at);
      at += end - start;
    } else for (let i = start; i < end; i++) block[at++] = from[i]!;
  };
  const span = (tag: number, from: Uint8Array, start: number, end: number): void => {
    if (end === start) return;
    block[at++] = tag;
    varint(end - start);
    copy(from, start, end);
  };
  const time = (tag: number, ms: number): void => {
    const seconds = Math.floor(ms / 1000);
    const nanos = (ms - seconds * 1000) * 1_000_000;
    block[at++] = tag;
    const size = at++;
    if (seconds > 0) {
      block[at++] = 8;
      varint(seconds);
    }
    if (nanos > 0) {
      block[at++] = 16;
      varint(nanos);
    }
    block[size] = at - size - 1;
  };
  const line = (text: string): void => {
    if (text === '') return;
    block[at++] = SUMMARY;
    const size = text.length < 43 ? 1 : sizeOf(Buffer.byteLength(text));
    const length = block.write(text, at + size, 'utf8');
    varint(length);
    at += length;
  };

  return (rows: RowBlock, event: SpanEvent, point: Buffer, rendering: Rendering): number => {
    const { raw } = event;
    const summary = rendering.line(raw, event.dataStart, event.dataEnd);
    const opening = event.tenantEnd - event.tenantStart + (event.conversationEnd - event.conversationStart);
    // Text is made of what may not be UTF-8, and what is not becomes three bytes.
    rows.open(raw.length + point.length + (summary.length + opening) * 3 + rendering.head.length + 128);
    block = rows.bytes;
    at = rows.entryAt;
    span(EVENT_ID, raw, event.idStart, event.idEnd);
    time(OCCURRED_AT, event.timeMs);
    time(RECORDED_AT, event.recordedMs);
    copy(rendering.head, 0, rendering.head.length);
    span(SOURCE, raw, event.sourceStart, event.sourceEnd);
    span(CHANNEL, raw, event.channelStart, event.channelEnd);
    span(CONVERSATION_ID, raw, event.conversationStart, event.conversationEnd);
    span(ISSUE_ID, raw, event.issueStart, event.issueEnd);
    span(CONTACT_POINT, point, 0, point.length);
    line(summary);
    span(DATA, raw, event.anyStart, event.anyEnd);
    return at;
  };
};
