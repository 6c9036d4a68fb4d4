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
import { bulkWrite } from './bulk-write';
import type { Envelope } from './document';
import { documentOf, eventsOf, loadedOf } from './document';
import { createSweeper } from './sweeper';

const TRIES = 10;
// Behind a broker that stays away an outbox grows with each change; beyond this many events they are waited for first.
const MOST_CARRIED = 200;

/**
 * A collection of aggregates: state, fences and outbox of one aggregate are one document and one write.
 *
 * The outbox holds the events of the last change, and in front of them those of earlier ones that Kafka had not taken yet.
 * A writer that meets the outbox of another sends that first. Where Kafka delivers again what was not finished (offsets move
 * last) that is the recovery, and nothing is ever cleared. What nobody delivers again, commands and timers, marks its
 * document until its events are acknowledged, and the sweeper finds what stayed marked.
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

  const publishPending = async (events: PendingEvent[], writers: string[]) => {
    await producer.publish(records(events));
    for (const outboxBy of writers) inFlight.delete(outboxBy);
  };
  const sweeper = createSweeper(options, collection, publishPending);
  const settle = async (left: Loaded<S>[]) => {
    if (left.length === 0) return;
    await publishPending(
      left.flatMap(({ unpublished }) => unpublished),
      left.map(({ outboxBy }) => outboxBy),
    );
    for (const loaded of left) loaded.unpublished = [];
  };

  interface Prepared {
    change: Change<S>;
    events: PendingEvent[];
    doc: Envelope;
  }
  const prepare = (change: Change<S>, marked: boolean): Prepared => {
    const events = eventsOf(options, change);
    const doc = documentOf(options, change, events, `${instanceId}#${++writes}`, marked);
    // Before the write: whoever reads the document from now on must know that its events may not be out.
    if (doc.outbox.length > 0) inFlight.add(doc.outboxBy);
    return { change, doc, events: [...(change.from?.unpublished ?? []), ...events] };
  };
  const publish = async (applied: Prepared[]) => {
    await producer.publish(applied.flatMap(({ change, events }) => records(events, change.traceparent)));
    for (const { change, doc } of applied) {
      inFlight.delete(doc.outboxBy);
      if (change.from) inFlight.delete(change.from.outboxBy);
    }
  };

  const isChange = ({ events, request, state, from }: Change<S>) =>
    events.length > 0 || request !== undefined || state !== from?.state;
  // Own events that Kafka has not taken yet go along with the next change, so that commands go on while it is away. Those of
  // another writer are sent first: carried by turns between two writers they would never get fewer. What does not change is
  // not written, but what a dead writer left in it is sent all the same.
  const settleFirst = (change: Change<S>) => {
    const { from } = change;
    if (!from || from.unpublished.length === 0) return [];
    const carried = isChange(change) && mine(from.outboxBy) && from.unpublished.length <= MOST_CARRIED;
    return carried ? [] : [from];
  };

  const write = async (changes: Change<S>[], path: 'command' | 'batch' | 'redelivered'): Promise<BatchResult<S>> => {
    await settle(changes.flatMap(settleFirst));
    const wanted = changes.filter(isChange);
    if (wanted.length === 0) return { written: changes.flatMap(({ from }) => from ?? []), conflicts: [] };
    const prepared = wanted.map((change) => prepare(change, path !== 'redelivered'));
    const conflicts = await bulkWrite(
      collection(),
      prepared.map(({ change, doc }) => ({ doc, before: change.from?.version })),
    );
    crash('after-write');
    const applied = prepared.filter(({ doc }) => !conflicts.has(doc._id));
    for (const { doc } of prepared) if (conflicts.has(doc._id)) inFlight.delete(doc.outboxBy);
    const published = unmarkAfter(publish(applied), applied);
    if (path === 'command') await patiently(published);
    else await published;
    crash('after-publish');
    return { written: applied.map(({ doc }) => read(doc)), conflicts: [...conflicts] };
  };

  const unmarkAfter = async (published: Promise<void>, applied: Prepared[]) => {
    await published;
    for (const { doc } of applied) if (doc.unpublishedSince) sweeper.published(doc);
  };
  // A command is done once it is durable. While Kafka is away its events stay marked, and the sweeper sends them.
  const patiently = async (published: Promise<void>) => {
    const cleared = published.catch((error) =>
      options.telemetry?.log.warn({ err: error }, 'events of a command wait for the sweeper'),
    );
    let patience: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, options.publishWaitMs ?? 2_000);
    });
    await Promise.race([cleared, waited]);
    clearTimeout(patience);
  };

  const writeOne = async (change: Change<S>): Promise<Loaded<S>> => {
    const { written, conflicts } = await write([change], 'command');
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
        if (from && from.unpublished.length > 0) await settle([from]);
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

  const changeMany: Aggregates<S>['changeMany'] = async (ids, decide, { redelivered = false } = {}) => {
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
      const { written, conflicts } = await write(changes, redelivered ? 'redelivered' : 'batch');
      done.push(...written);
      const again = new Set(conflicts);
      left = left.filter(({ id, tenantId }) => again.has(`${tenantId}/${id}`));
      if (attempt >= TRIES && left.length > 0) throw transientError('too many conflicts');
    }
    return done;
  };

  return {
    get collection() {
      return collection() as unknown as mongo.Collection<Doc>;
    },
    loadMany,
    load,
    writeBatch: (changes) => write(changes, 'redelivered'),
    writeOne,
    change,
    changeMany,
    sweeper,
    stop: sweeper.drain,
  };
}
