import { setTimeout as pause } from 'node:timers/promises';
import type { Bus, OutgoingRecord, ParkedKey, ParkedKeys, RawMessage } from '../types';
import { deadLetterTopic, header, headerOf, originalOffset, replayRecord } from './letters';

export interface ReplayOptions {
  bus: Bus;
  group: string;
  parkedKeys: ParkedKeys;
  /** Only these keys; all parked keys when absent. */
  keys?: string[] | undefined;
  /** Leaves a letter out for good, for example one that can never be read. */
  omit?: ((letter: RawMessage & { reason: string }) => boolean) | undefined;
  timeoutMs?: number | undefined;
}

export interface ReplayResult {
  replayed: number;
  unparked: number;
  stillParked: number;
}

const idOf = (topic: string, key: string) => `${topic}\n${key}`;

async function lettersByKey(
  options: ReplayOptions,
  wanted: Map<string, ParkedKey>,
): Promise<Map<string, RawMessage[]>> {
  const found = new Map<string, Map<string, RawMessage>>();
  await options.bus.readTopic(deadLetterTopic(options.group), (letter) => {
    const id = idOf(headerOf(letter.headers, header.topic) ?? '', letter.key?.toString('utf8') ?? '');
    if (!wanted.has(id)) return;
    if (options.omit?.({ ...letter, reason: headerOf(letter.headers, header.reason) ?? '' })) return;
    const ofKey = found.get(id) ?? new Map<string, RawMessage>();
    // A letter written twice (crash before the offset moved) has the same original offset.
    ofKey.set(originalOffset(letter), letter);
    found.set(id, ofKey);
  });
  return new Map(
    [...found].map(([id, letters]) => [
      id,
      [...letters.values()].sort((a, b) => (BigInt(originalOffset(a)) < BigInt(originalOffset(b)) ? -1 : 1)),
    ]),
  );
}

const markOf = (group: string, entry: ParkedKey): OutgoingRecord => ({
  topic: entry.topic,
  key: entry.key,
  value: Buffer.from('unpark'),
  headers: {
    [header.unpark]: group,
    [header.generation]: String(entry.generation),
    [header.lastOffset]: entry.lastOffset,
  },
});

async function waitUntilFree(
  options: ReplayOptions,
  wanted: Map<string, ParkedKey>,
  until: number,
): Promise<ParkedKey[]> {
  for (;;) {
    const left = (await options.parkedKeys.load()).filter((entry) => wanted.has(idOf(entry.topic, entry.key)));
    const changed = left.some((entry) => {
      const before = wanted.get(idOf(entry.topic, entry.key))!;
      return before.generation !== entry.generation || before.lastOffset !== entry.lastOffset;
    });
    if (left.length === 0 || changed || Date.now() > until) return left;
    await pause(100);
  }
}

/**
 * Sends the dead letters of parked keys to their topics again, in their first order, and frees the keys. A message that
 * arrives meanwhile dies behind them and changes the mark's match, so its key stays parked and another round takes it:
 * nothing is passed over. A letter that dies again leaves its key parked.
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayResult> {
  const until = Date.now() + (options.timeoutMs ?? 30_000);
  const result: ReplayResult = { replayed: 0, unparked: 0, stillParked: 0 };
  const generations = new Map<string, number>();
  for (;;) {
    const entries = (await options.parkedKeys.load()).filter(
      (entry) => !options.keys || options.keys.includes(entry.key),
    );
    const fresh = entries.filter(
      (entry) => (generations.get(idOf(entry.topic, entry.key)) ?? entry.generation) === entry.generation,
    );
    result.stillParked = entries.length;
    if (fresh.length === 0 || Date.now() > until) return result;
    const wanted = new Map(fresh.map((entry) => [idOf(entry.topic, entry.key), entry]));
    for (const [id, entry] of wanted) generations.set(id, entry.generation);
    const letters = await lettersByKey(options, wanted);
    for (const [id, entry] of wanted) {
      const records = (letters.get(id) ?? []).map((letter) => replayRecord(options.group, letter, entry.generation));
      await options.bus.producer.publish([...records, markOf(options.group, entry)]);
      result.replayed += records.length;
    }
    const left = await waitUntilFree(options, wanted, until);
    result.unparked += wanted.size - left.length;
  }
}
