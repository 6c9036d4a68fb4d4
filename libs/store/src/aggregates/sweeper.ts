import { performance } from 'node:perf_hooks';
import type { mongo } from 'mongoose';
import type { AggregatesOptions, PendingEvent } from '../types';
import type { Envelope } from './document';
import { outboxOf } from './document';

const ROUND_MS = 5_000;
const CLEAR_AFTER_MS = 1_000;
const MOST_SEEN = 2_000;
const MOST_SENT = 500;

type Marked = Pick<Envelope, '_id' | 'outboxBy'>;

/**
 * What nobody delivers again marks its document until its events are acknowledged. This takes the marks off, and sends what
 * stayed marked: how long is told by seeing the same mark again, so it does not matter what time its writer believed it was.
 */
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
  const toClear = new Map<string, string>();
  let clearing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let interval: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let seen = new Map<string, { by: string; since: number }>();

  const clear = async (marked: Marked[]) => {
    if (marked.length === 0) return;
    // Each write has a name of its own: a mark set by a later one is not ours to take off.
    const filter = { _id: { $in: marked.map(({ _id }) => _id) }, outboxBy: { $in: marked.map((one) => one.outboxBy) } };
    await collection().updateMany(filter as mongo.Filter<Envelope>, { $unset: { unpublishedSince: '' } });
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const marked = [...toClear].map(([_id, outboxBy]) => ({ _id, outboxBy }));
    toClear.clear();
    clearing = clear(marked).catch((error) => log?.warn({ err: error }, 'outbox marks were not cleared'));
    return clearing;
  };

  const stale = async (olderThanMs: number): Promise<string[]> => {
    const marked = await collection()
      .find({ unpublishedSince: { $exists: true } })
      .project<Marked & Required<Pick<Envelope, 'unpublishedSince'>>>({ outboxBy: 1, unpublishedSince: 1 })
      .sort({ unpublishedSince: 1 })
      .limit(MOST_SEEN)
      .toArray();
    const now = performance.now();
    const before = seen;
    seen = new Map();
    for (const { _id, outboxBy: by } of marked) {
      const known = before.get(_id);
      seen.set(_id, known?.by === by ? known : { by, since: now });
    }
    const old = marked.filter(({ _id }) => now - seen.get(_id)!.since >= olderThanMs);
    waitsSince = old[0]?.unpublishedSince.getTime();
    return old.slice(0, MOST_SENT).map(({ _id }) => _id);
  };

  const sweep = async (olderThanMs = ROUND_MS - CLEAR_AFTER_MS): Promise<number> => {
    const ids = await stale(olderThanMs);
    if (ids.length === 0) return 0;
    const found = collection().find({ _id: { $in: ids }, unpublishedSince: { $exists: true } });
    const docs = (await found.toArray()) as Envelope[];
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
      toClear.set(doc._id, doc.outboxBy);
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
