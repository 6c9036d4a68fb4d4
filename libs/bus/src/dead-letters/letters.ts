import type { MessageHeaders, OutgoingRecord, RawMessage } from '../types';

/** Headers of a dead letter; those of the original stay beside them. */
export const header = {
  reason: 'dlq-reason',
  detail: 'dlq-detail',
  topic: 'dlq-topic',
  partition: 'dlq-partition',
  offset: 'dlq-offset',
  at: 'dlq-at',
  /** On a letter whose value the broker did not take again: it stands where topic, partition and offset say. */
  omitted: 'dlq-value-omitted',
  /** On a message sent again: the group it is meant for; all others pass it over. */
  replay: 'dlq-replay',
  /** On the mark behind the replayed messages of a key: frees it when nothing died meanwhile. */
  unpark: 'dlq-unpark',
  generation: 'dlq-generation',
  lastOffset: 'dlq-last-offset',
} as const;

export const deadLetterTopic = (group: string): string => `${group}.dlq.v1`;

const plain = (headers: MessageHeaders): Record<string, Buffer | string> => {
  const out: Record<string, Buffer | string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith('dlq-')) continue;
    out[name] = Array.isArray(value) ? value[0]! : value;
  }
  return out;
};

export const headerOf = (headers: MessageHeaders, name: string): string | undefined => {
  const value = headers[name];
  return value === undefined ? undefined : (Array.isArray(value) ? value[0]! : value).toString();
};

/** Offset in the original topic, also for a message that was sent again. */
export const originalOffset = (message: RawMessage): string =>
  headerOf(message.headers, header.offset) ?? message.offset;

/** The dead letter of a message: the same key and bytes, and why. */
export function deadLetter(group: string, message: RawMessage, reason: string, detail: string): OutgoingRecord {
  return {
    topic: deadLetterTopic(group),
    key: message.key?.toString('utf8') ?? '',
    value: message.value ?? Buffer.alloc(0),
    headers: {
      ...plain(message.headers),
      [header.reason]: reason,
      [header.detail]: detail.slice(0, 1_000),
      [header.topic]: message.topic,
      [header.partition]: String(message.partition),
      [header.offset]: originalOffset(message),
      [header.at]: new Date(message.timestamp).toISOString(),
    },
  };
}

/** A dead letter as it goes back to its topic, for one group only; it passes while `generation` is that of its parked key. */
export function replayRecord(group: string, letter: RawMessage, generation: number): OutgoingRecord {
  return {
    topic: headerOf(letter.headers, header.topic) ?? '',
    key: letter.key?.toString('utf8') ?? '',
    value: letter.value ?? Buffer.alloc(0),
    headers: {
      ...plain(letter.headers),
      [header.replay]: group,
      [header.generation]: String(generation),
      [header.offset]: originalOffset(letter),
    },
  };
}
