import type { mongo } from 'mongoose';
import type { AggregatesOptions, PendingEvent } from '../types';
import type { Envelope } from './document';
import { outboxOf } from './document';

const ROUND_MS = 5_000;
const CLEAR_AFTER_MS = 200;
const MOST = 500;

type Marked = Pick<Envelope, '_id' | 'version'>;

/** Commands mark their document until its events are acknowledged. This takes the marks off, and sends what stayed marked. */
export function createSweeper(
  options: Pick<AggregatesOptions<never>, 'telemetry' | 'collection'>,
  collection: () => mongo.Collection<Envelope>,
  publish: (events: PendingEvent[], outboxBy: string[]) => Promise<void>,
) {
  const log = options.telemetry?.log;
  // Since when the oldest event waits that Kafka has not taken; as of the last round.
  let waitsSince: number | undefined;
  options.telemetry?.meter
    .createObservableGauge('throughline.store.outbox.age', { unit: 's' })
    .addCallback((result) => {
      const seconds = waitsSince === undefined ? 0 : (Date.now() - waitsSince) / 1_000;
      result.observe(seconds, { collection: options.collection });
    });
  const toClear = new Map<string, number>();
  let clearing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let interval: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;

  const clear = async (marked: Marked[]) => {
    // The version fence: a mark set by a later command is not ours to take off.
    const operations = marked.map(({ _id, version }) => ({
      updateOne: { filter: { _id, version }, update: { $unset: { unpublishedSince: '' } } },
    }));
    if (operations.length > 0) await collection().bulkWrite(operations as never, { ordered: false });
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const marked = [...toClear].map(([_id, version]) => ({ _id, version }));
    toClear.clear();
    clearing = clear(marked).catch((error) => log?.warn({ err: error }, 'outbox marks were not cleared'));
    return clearing;
  };

  const sweep = async (olderThanMs = ROUND_MS): Promise<number> => {
    const filter = { unpublishedSince: { $lt: new Date(Date.now() - olderThanMs) } } as mongo.Filter<Envelope>;
    const found = collection().find(filter).sort({ unpublishedSince: 1 }).limit(MOST);
    const docs = (await found.toArray()) as Envelope[];
    waitsSince = docs[0]?.unpublishedSince?.getTime();
    if (docs.length === 0) return 0;
    await publish(
      docs.flatMap((doc) => outboxOf(doc)),
      docs.map((doc) => doc.outboxBy),
    );
    await clear(docs);
    waitsSince = undefined;
    return docs.length;
  };

  return {
    /** Lazily, many in one command: the events of this version are through. */
    published(doc: Marked): void {
      toClear.set(doc._id, doc.version);
      timer ??= setTimeout(flush, CLEAR_AFTER_MS);
    },
    sweep,
    start(): void {
      interval = setInterval(() => {
        // One at a time: while Kafka is away a round takes as long as the producer's patience.
        round ??= sweep()
          .then(
            () => undefined,
            (error) => log?.warn({ err: error }, 'outbox sweep failed'),
          )
          .finally(() => {
            round = undefined;
          });
      }, ROUND_MS);
    },
    async stop(): Promise<void> {
      clearInterval(interval);
      await round;
    },
    async drain(): Promise<void> {
      await flush();
    },
  };
}
