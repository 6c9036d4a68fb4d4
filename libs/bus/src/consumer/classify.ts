import { decodeMessage } from '../cloud-event/decode-message';
import { header, headerOf } from '../dead-letters/letters';
import type { Parking } from '../dead-letters/parking';
import type { Delivery, IncomingEvent, RawMessage } from '../types';
import { Undecodable } from '../undecodable';

/** A message on its way through one batch: deliverable, dead, or a mark that ends a replay. */
export interface Step {
  message: RawMessage;
  delivery?: Delivery;
  dead?: { reason: string; detail: string };
  mark?: true;
}

export interface ClassifyOptions {
  group: string;
  parking: Parking;
  maxEventBytes: number;
  decode?: ((message: RawMessage) => IncomingEvent) | undefined;
}

function read(message: RawMessage, options: ClassifyOptions, receivedAt: number): Step {
  const { maxEventBytes, decode = decodeMessage } = options;
  if (message.value && message.value.length > maxEventBytes) {
    return {
      message,
      dead: { reason: 'EVENT_TOO_LARGE', detail: `${message.value.length} bytes; at most ${maxEventBytes}` },
    };
  }
  try {
    const event = decode(message);
    const key = message.key ? message.key.toString('utf8') : '';
    return {
      message,
      delivery: { topic: message.topic, partition: message.partition, offset: message.offset, key, event, receivedAt },
    };
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    return { message, dead: { reason: error.reason, detail: error.message } };
  }
}

/** Sorts one batch: what to deliver, what is dead, what belongs to another group's replay (left out). */
export function classify(messages: RawMessage[], options: ClassifyOptions): Step[] {
  const now = Date.now();
  const steps: Step[] = [];
  // Keys that died earlier in this batch: what follows of them waits as well.
  const died = new Set<string>();
  for (const message of messages) {
    const replay = headerOf(message.headers, header.replay);
    const unpark = headerOf(message.headers, header.unpark);
    if (unpark !== undefined) {
      if (unpark === options.group) steps.push({ message, mark: true });
      continue;
    }
    if (replay !== undefined && replay !== options.group) continue;
    const key = message.key ? message.key.toString('utf8') : '';
    const waits = (died.size > 0 && died.has(key)) || options.parking.holds(message);
    const step = waits
      ? { message, dead: { reason: 'PARKED', detail: 'an earlier message of this key is a dead letter' } }
      : read(message, options, now);
    if (step.dead && key !== '') died.add(key);
    steps.push(step);
  }
  return steps;
}
