import type { RawMessage, ReplayResult } from '@throughline/bus';
import { replayDeadLetters } from '@throughline/bus';
import { connectStore, parkedKeys } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { deadLetterTopic, serviceOf } from '../topics';
import type { Place } from './connect';
import { withBus } from './connect';
import { deadLetterViewer } from './view-event';

// A letter with one of these can never be read: its bytes are wrong, or were too large to be kept.
const unreadable = new Set([
  'EMPTY_VALUE',
  'EVENT_TOO_LARGE',
  'UNKNOWN_CONTENT_TYPE',
  'MALFORMED_ENVELOPE',
  'MALFORMED_DATA',
  'MISSING_ATTRIBUTE',
  'INVALID_ATTRIBUTE',
  'TENANT_MISMATCH',
]);

type Letter = RawMessage & { reason: string };

export type LeftOut = { key: string; offset: string; reason: string };
export type Replayed = ReplayResult & { leftOut: LeftOut[] };

const keyOf = ({ key }: RawMessage): string => key?.toString('utf8') ?? '';

/** A group's dead letters as JSON, each decoded as far as it can be. */
export const readLetters = async (place: Place, group: string): Promise<object[]> => {
  const letters: object[] = [];
  const view = deadLetterViewer();
  await withBus(place, (bus) => bus.readTopic(deadLetterTopic(group), (message) => void letters.push(view(message))));
  return letters;
};

/** One dead letter, decoded. */
export const showLetter = async (
  place: Place,
  group: string,
  partition: number,
  offset: string,
): Promise<object | undefined> => {
  const letters = (await readLetters(place, group)) as { partition: number; offset: string }[];
  return letters.find((letter) => letter.partition === partition && letter.offset === offset);
};

const withStore = async <T>(
  place: Place,
  group: string,
  work: (store: ReturnType<typeof connectStore>) => Promise<T>,
) => {
  const store = connectStore({
    url: place.mongoUrl,
    tlsCa: place.mongoTlsCa,
    db: `${place.databasePrefix}${serviceOf(group)}`,
    telemetry: noTelemetry(),
  });
  await store.start();
  try {
    return await work(store);
  } finally {
    await store.stop();
  }
};

/** Keys of a group that wait for their letters. */
export const readParked = (place: Place, group: string) =>
  withStore(place, group, (store) => parkedKeys(store, group).load());

const send = (place: Place, group: string, keys: string[], omit: (letter: Letter) => boolean): Promise<Replayed> =>
  withStore(place, group, async (store) => {
    const leftOut = new Map<string, LeftOut>();
    const result = await withBus(place, (bus) =>
      replayDeadLetters({
        bus,
        group,
        parkedKeys: parkedKeys(store, group),
        ...(keys.length > 0 ? { keys } : {}),
        omit(letter) {
          const out = omit(letter);
          const { partition, offset, reason } = letter;
          if (out)
            leftOut.set(`${partition}/${offset}`, { key: keyOf(letter), offset: `${partition}/${offset}`, reason });
          return out;
        },
      }),
    );
    return { ...result, leftOut: [...leftOut.values()] };
  });

/** Sends the letters of parked keys again in their order. What can never be read is left out, or its key would stay parked for ever. */
export const replayLetters = (place: Place, group: string, keys: string[] = []): Promise<Replayed> =>
  send(place, group, keys, ({ reason }) => unreadable.has(reason));

/**
 * Gives up the letters of one key that failed by themselves; those that only waited behind them are sent. Who gave up what
 * and why is kept in the database of the group before anything is sent.
 */
export const discardLetters = async (
  place: Place,
  group: string,
  key: string,
  why: { reason: string; by: string },
): Promise<Replayed> => {
  await withStore(place, group, (store) =>
    store.db.collection('discarded_letters').insertOne({ group, key, ...why, at: new Date() }),
  );
  return send(place, group, [key], ({ reason }) => reason !== 'PARKED');
};
