import type { ScaleQuestion } from '@throughline/core';

/** What a visitor's page may say. */
export type ClientFrame =
  | { type: 'message'; clientId: string; text: string }
  | { type: 'answer'; clientId: string; questionId: string; value: number }
  | { type: 'received'; cursor: number }
  | { type: 'ping' };

/** The value that a message alone gives; undefined when it says anything but a value of the scale. */
export const valueIn = (text: string, { lowest, highest }: ScaleQuestion): number | undefined => {
  const digits = /^\s*(\d{1,2})\s*$/.exec(text)?.[1];
  const value = Number(digits);
  return digits !== undefined && value >= lowest && value <= highest ? value : undefined;
};

/** What we say to it. */
export type ServerFrame =
  | { type: 'welcome'; visitorId: string; cursor: number }
  | { type: 'ack'; clientId: string }
  | { type: 'message'; cursor: number; id: string; text: string; from: string; at: string; question?: ScaleQuestion }
  | { type: 'pong' }
  | { type: 'error'; reason: string; detail: string; clientId?: string };

export interface FrameFault {
  reason: string;
  detail: string;
  clientId?: string;
}

export const MAX_TEXT = 10_000;
const halfPair = /\p{Surrogate}/u;
const clientIdForm = /^[A-Za-z0-9._-]{1,64}$/;

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const readMessage = ({ clientId, text }: Record<string, unknown>): ClientFrame | FrameFault => {
  if (typeof clientId !== 'string' || !clientIdForm.test(clientId)) {
    return { reason: 'CLIENT_ID_INVALID', detail: 'clientId: 1 to 64 letters, digits, dot, dash and underscore' };
  }
  if (typeof text !== 'string' || text.trim() === '')
    return { reason: 'TEXT_REQUIRED', detail: 'text: is required', clientId };
  if (text.length > MAX_TEXT)
    return { reason: 'TEXT_TOO_LONG', detail: `text: has at most ${MAX_TEXT} characters`, clientId };
  // It has no bytes: something that nobody wrote would be stored in its place.
  if (halfPair.test(text))
    return { reason: 'TEXT_MALFORMED', detail: 'text: holds half of a surrogate pair', clientId };
  return { type: 'message', clientId, text };
};

const readAnswer = ({ clientId, questionId, value }: Record<string, unknown>): ClientFrame | FrameFault => {
  if (typeof clientId !== 'string' || !clientIdForm.test(clientId)) {
    return { reason: 'CLIENT_ID_INVALID', detail: 'clientId: 1 to 64 letters, digits, dot, dash and underscore' };
  }
  if (typeof questionId !== 'string' || !/^ask_[A-Za-z0-9-]{1,96}$/.test(questionId))
    return { reason: 'QUESTION_UNKNOWN', detail: 'questionId: is no question that was asked here', clientId };
  if (typeof value !== 'number' || !Number.isInteger(value))
    return { reason: 'VALUE_OUT_OF_SCALE', detail: 'value: must be a whole number of the scale', clientId };
  return { type: 'answer', clientId, questionId, value };
};

/** Reads one frame; a fault says what to mend and never costs the connection. */
export const readFrame = (data: string): ClientFrame | FrameFault => {
  const frame = parse(data);
  if (!frame) return { reason: 'FRAME_MALFORMED', detail: 'a frame is one JSON object' };
  if (frame['type'] === 'message') return readMessage(frame);
  if (frame['type'] === 'answer') return readAnswer(frame);
  if (frame['type'] === 'ping') return { type: 'ping' };
  if (frame['type'] !== 'received')
    return { reason: 'TYPE_UNKNOWN', detail: 'type: must be message, answer, received or ping' };
  const cursor = frame['cursor'];
  if (typeof cursor !== 'number' || !Number.isSafeInteger(cursor) || cursor < 0) {
    return { reason: 'CURSOR_INVALID', detail: 'cursor: must be a whole number from 0' };
  }
  return { type: 'received', cursor };
};

export const isFault = (frame: ClientFrame | FrameFault): frame is FrameFault => 'reason' in frame;
