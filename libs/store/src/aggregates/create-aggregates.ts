import type { OutgoingRecord } from '@throughline/bus';
import { noCrash } from '@throughline/bus';
import { Refusal, transientError } from '@throughline/core';
import type { mongo } from 'mongoose';
import type {
  Aggregates,
  AggregatesOptions,
  BatchResult,
  Change,
  CommandResult,
  Doc,
  Loaded,
  PendingEvent,
} from '../types';
import { alreadyAsked } from './asked';
import type { Envelope } from './document';
import { documentOf, eventsOf, loadedOf, outboxOf } from './document';

const DUPLICATE = 11000;
const TRIES = 10;

/**
 * A collection of aggregates: state, fences and outbox of one aggregate are one document and one write.
 *
 * The outbox holds the events of the last change only. A writer that meets an outbox it did not publish itself publishes
 * that first and then replaces it. On the batch path redelivery is the recovery (offsets move last), so nothing is ever
 * cleared; a command marks its document until its events are acknowledged, and the sweeper finds what stayed marked.
 */
export function createAggregates<S>(options: AggregatesOptions<S>): Aggregates<S> {
  const { producer, store, instanceId } = options;
  const crash = options.crashPoint ?? noCrash;
  const collection = () => store.db.collection<Doc>(options.collection) as unknown as mongo.Collection<Envelope>;
  // Writes of this process whose events are not known to be acknowledged. Noted by write, not by document: a writer that
  // loses a race, or one whose events are through, must not clear the mark of another write to the same document.
  const inFlight = new Set<string>();
  let writes = 0;
  const mine = (outboxBy: string) => outboxBy.startsWith(`${instanceId}#`);
  const toClear = new Map<string, number>();
  let clearing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const read = (doc: Envelope): Loaded<S> =>
    loadedOf(options, doc, doc.outbox.length > 0 && (!mine(doc.outboxBy) || inFlight.has(doc.outboxBy)));
  const records = (events: PendingEvent[], traceparent?: string): OutgoingRecord[] =>
    events.map((event) => ({ ...event, traceparent }));

  const loadMany: Aggregates<S>['loadMany'] = async (query) => {
    if (Array.isArray(query) && query.length === 0) return [];
    const filter = Array.isArray(query) ? { _id: { $in: query } } : (query as mongo.Filter<Envelope>);
    return (await collection().find(filter).toArray()).map((doc) => read(doc as Envelope));
  };
  const load = async (id: string) => (await loadMany([id]))[0];

  const republish = async (changes: Change<S>[]) => {
    const left = changes.flatMap(({ from }) => (from && from.unpublished.length > 0 ? [from] : []));
    if (left.length === 0) return;
    await producer.publish(left.flatMap(({ unpublished }) => records(unpublished)));
    for (const { outboxBy } of left) inFlight.delete(outboxBy);
  };

  interface Prepared {
    change: Change<S>;
    events: PendingEvent[];
    doc: Envelope;
  }
  const prepare = (change: Change<S>, command: boolean): Prepared => {
    const events = eventsOf(options, change);
    const doc = documentOf(options, change, events, `${instanceId}#${++writes}`, command);
    // Before the write: whoever reads the document from now on must know that its events may not be out.
    if (events.length > 0) inFlight.add(doc.outboxBy);
    return { change, events, doc };
  };
  const publish = async (applied: Prepared[]) => {
    await producer.publish(applied.flatMap(({ change, events }) => records(events, change.traceparent)));
    for (const { doc } of applied) inFlight.delete(doc.outboxBy);
  };

  const write = async (changes: Change<S>[], command: boolean): Promise<BatchResult<S>> => {
    await republish(changes);
    const wanted = changes.filter(
      (change) => change.events.length > 0 || change.request || change.state !== change.from?.state,
    );
    if (wanted.length === 0) return { written: changes.flatMap(({ from }) => from ?? []), conflicts: [] };
    const prepared = wanted.map((change) => prepare(change, command));
    const conflicts = await bulk(prepared);
    crash('after-write');
    const applied = prepared.filter(({ doc }) => !conflicts.has(doc._id));
    for (const { doc } of prepared) if (conflicts.has(doc._id)) inFlight.delete(doc.outboxBy);
    const published = publish(applied);
    if (command) await settledSoon(published, applied);
    else await published;
    crash('after-publish');
    return { written: applied.map(({ doc }) => read(doc)), conflicts: [...conflicts] };
  };

  // A command is done once it is durable. While Kafka is away its events stay marked, and the sweeper sends them.
  const settledSoon = async (published: Promise<void>, applied: Prepared[]) => {
    const cleared = published.then(
      () => applied.forEach(({ doc }) => void clearLater(doc)),
      (error) => options.telemetry?.log.warn({ err: error }, 'events of a command wait for the sweeper'),
    );
    let patience: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, options.publishWaitMs ?? 2_000);
    });
    await Promise.race([cleared, waited]);
    clearTimeout(patience);
  };

  const bulk = async (prepared: { change: Change<S>; doc: Envelope }[]): Promise<Set<string>> => {
    const conflicts = new Set<string>();
    const operations = prepared.map(({ change: { from }, doc }) =>
      from
        ? { replaceOne: { filter: { _id: doc._id, version: from.version }, replacement: doc, upsert: true } }
        : { insertOne: { document: doc } },
    );
    try {
      // An upsert under a moved version meets the existing _id: so a conflict is reported by position, not by count.
      await collection().bulkWrite(operations as never, { ordered: false });
    } catch (error) {
      const { writeErrors, result } = error as mongo.MongoBulkWriteError;
      const list = writeErrors ? (Array.isArray(writeErrors) ? writeErrors : [writeErrors]) : [];
      if (list.length === 0 || list.some((failure) => failure.code !== DUPLICATE)) throw error;
      // Conflicts must not hide that the other writes did not reach the majority.
      if (result?.getWriteConcernError()) throw transientError('the majority did not confirm the write', error);
      for (const failure of list) conflicts.add(prepared[failure.index]!.doc._id);
    }
    return conflicts;
  };

  const clearLater = (doc: Envelope) => {
    toClear.set(doc._id, doc.version);
    timer ??= setTimeout(flushClears, 200);
  };
  const flushClears = () => {
    timer = undefined;
    const operations = [...toClear].map(([_id, version]) => ({
      updateOne: { filter: { _id, version }, update: { $unset: { unpublishedSince: '' as const } } },
    }));
    toClear.clear();
    if (operations.length === 0) return;
    clearing = collection()
      .bulkWrite(operations as never, { ordered: false })
      .then(
        () => undefined,
        // The mark stays and the sweeper publishes again; readers fence the repeat.
        (error) => options.telemetry?.log.warn({ err: error }, 'outbox marks were not cleared'),
      );
  };

  const writeOne = async (change: Change<S>): Promise<Loaded<S>> => {
    const { written, conflicts } = await write([change], true);
    if (conflicts.length > 0)
      throw new Refusal('conflict', 'CHANGED_MEANWHILE', 'somebody else changed it at the same time');
    return written[0]!;
  };

  const change: Aggregates<S>['change'] = async (
    id,
    decide,
    { tenantId, request, traceparent },
  ): Promise<CommandResult<S>> => {
    const documentId = `${tenantId}/${id}`;
    for (let attempt = 1; ; attempt++) {
      const from = await load(documentId);
      const earlier = from && request && alreadyAsked(from.asked, request);
      if (earlier) return { state: from.state, repeated: true, result: earlier.result };
      const decision = decide(from);
      if (!decision) {
        if (from) await republish([{ id: documentId, tenantId, from, state: from.state, events: [] }]);
        return { state: from?.state, repeated: false };
      }
      try {
        const asked = request ? { ...request, result: decision.result } : undefined;
        const next = {
          id: documentId,
          tenantId,
          from,
          state: decision.state,
          events: decision.events,
          request: asked,
          traceparent,
        };
        return { state: (await writeOne(next)).state, repeated: false, result: decision.result };
      } catch (error) {
        const conflict = error instanceof Refusal && error.reason === 'CHANGED_MEANWHILE';
        if (!conflict || attempt >= TRIES) throw error;
      }
    }
  };

  const changeMany: Aggregates<S>['changeMany'] = async (ids, decide) => {
    const done: Loaded<S>[] = [];
    let left = ids;
    for (let attempt = 1; left.length > 0; attempt++) {
      const keys = left.map(({ id, tenantId }) => `${tenantId}/${id}`);
      const found = new Map((await loadMany(keys)).map((entry) => [entry.id, entry]));
      const changes = left.flatMap(({ id, tenantId }): Change<S>[] => {
        const key = `${tenantId}/${id}`;
        const from = found.get(key);
        const decision = decide(id, from);
        if (!decision) return from ? [{ id: key, tenantId, from, state: from.state, events: [] }] : [];
        return [{ id: key, tenantId, from, ...decision }];
      });
      const { written, conflicts } = await write(changes, false);
      done.push(...written);
      const again = new Set(conflicts);
      left = left.filter(({ id, tenantId }) => again.has(`${tenantId}/${id}`));
      if (attempt >= TRIES && left.length > 0) throw transientError('too many conflicts');
    }
    return done;
  };

  const sweep = async (olderThanMs = 5_000): Promise<number> => {
    const filter = { unpublishedSince: { $lt: new Date(Date.now() - olderThanMs) } } as mongo.Filter<Envelope>;
    const docs = (await collection().find(filter).sort({ unpublishedSince: 1 }).limit(500).toArray()) as Envelope[];
    if (docs.length === 0) return 0;
    await producer.publish(docs.flatMap((doc) => records(outboxOf(doc))));
    const operations = docs.map(({ _id, version }) => ({
      updateOne: { filter: { _id, version }, update: { $unset: { unpublishedSince: '' } } },
    }));
    await collection().bulkWrite(operations as never, { ordered: false });
    return docs.length;
  };
  let sweeping: NodeJS.Timeout | undefined;
  let round: Promise<unknown> = Promise.resolve();

  return {
    get collection() {
      return collection() as unknown as mongo.Collection<Doc>;
    },
    loadMany,
    load,
    writeBatch: (changes) => write(changes, false),
    writeOne,
    change,
    changeMany,
    sweeper: {
      start() {
        sweeping = setInterval(() => {
          round = sweep().catch((error) => options.telemetry?.log.warn({ err: error }, 'outbox sweep failed'));
        }, 5_000);
      },
      async stop() {
        clearInterval(sweeping);
        await round;
      },
      sweep,
    },
    async stop() {
      clearTimeout(timer);
      flushClears();
      await clearing;
    },
  };
}
