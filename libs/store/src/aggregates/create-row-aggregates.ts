import { performance } from 'node:perf_hooks';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { OutgoingRecord } from '@throughline/bus';
import { noCrash } from '@throughline/bus';
import { cutBySize, transientError } from '@throughline/core';
import type { mongo } from 'mongoose';
import { bsonOf } from '../document-sequence';
import type { Doc, IndexSpec, Loaded, RowAggregates, RowAggregatesOptions } from '../types';
import { insertNew, updateBytes } from '../write-new';
import { outboxOf } from './document';
import type { RowChange } from './row-change';
import { rowChange, setNoticed } from './row-change';
import type { Row } from './row-log';
import { createRowLog } from './row-log';

const TRIES = 10;
const SAVE_AFTER_MS = 500;
const SAVE_AT_MOST_MS = 2_000;
const MOST_SAVED = 500;
const MOST_SAVED_BYTES = 8_000_000;
const MOST_AHEAD = 20_000;
const READ_AT_ONCE = 100;
const WORKED_OUT_AT_ONCE = 10;
const DAY = 86_400;

/** Documents saved in one command beside other work: few, so that it does not wait, and more when there are many. */
const savedBeside = (all: number): number => Math.min(MOST_SAVED, Math.max(50, Math.ceil(all / 40)));
const SAVING_RESTS_MS = 20;

/** The state that a document of row aggregates holds. */
export const stateOf = <S>(doc: mongo.Document): S => JSON.parse(doc['s']) as S;

const rowsOf = (collection: string): string => `${collection}_rows`;

/**
 * What the rows of a collection need. They stay for two days: a process that slept for longer in the middle of a write could
 * make a change a second time that was made meanwhile.
 */
export const rowIndexes = (collection: string): IndexSpec[] => [
  { collection: rowsOf(collection), name: 'expiry', keys: { at: 1 }, expireAfterSeconds: 2 * DAY },
];

/** A document: what queries look at, and the state as text. Text is read many times quicker than nested fields. */
interface StateDoc extends Doc {
  tenantId: string;
  version: number;
  seq: number;
  s: string;
}

/** As read; `saved` is the version of its document, 0 when it has none. */
interface Held<S> extends Loaded<S> {
  saved: number;
}

/** A change that is only written when its moment comes. Bytes, not objects: thousands of them are waiting at times. */
interface Ahead {
  id: string;
  version: number;
  change: RowChange;
  /** Saves the document after it. */
  update: Buffer;
  from: number;
  until: number;
}

/** A change to make and what there is after it. */
interface Prepared<A> {
  row: Buffer;
  change: RowChange;
  after: A;
}

type Unsaved<S> = Held<S> | Ahead;

const isAhead = <S>(one: Unsaved<S>): one is Ahead => 'update' in one;

// Where a newer one is saved the upsert meets its id: it stays.
const updateTo = (doc: StateDoc): Buffer =>
  bsonOf({ q: { _id: doc._id, version: { $lt: doc.version } }, u: doc, upsert: true });

/**
 * A collection of aggregates whose changes are rows: one small insert makes a change and holds its events, and the document
 * follows. An insert costs the database a fraction of replacing a document with its indexes, so that many changes at one
 * moment are durable soon.
 *
 * Documents follow for as long as what caused the change comes again: of redelivered changes before the caller goes on, of others
 * within a second after their events are out. Who loads an aggregate sees its rows, sends what another writer may not have sent,
 * and saves it. So there are no marks and nothing is swept: a caller that is not redelivered has to find its work by the documents,
 * as timers do by their moments.
 */
export function createRowAggregates<S>(options: RowAggregatesOptions<S>): RowAggregates<S> {
  const { producer, store, instanceId, mostAhead = MOST_AHEAD } = options;
  const crash = options.crashPoint ?? noCrash;
  const collection = () => store.db.collection<StateDoc>(options.collection);
  const rows = createRowLog(store, rowsOf(options.collection));
  // Writes of this process whose events are not known to be acknowledged.
  const inFlight = new Set<string>();
  let writes = 0;
  const nextWrite = () => `${instanceId}#${++writes}`;
  const mayBeUnpublished = (by: string) => !by.startsWith(`${instanceId}#`) || inFlight.has(by);

  const heldOf = (doc: StateDoc | undefined, tail: Row[]): Held<S> => {
    let state = doc && stateOf<S>(doc);
    for (const { k, c } of tail) state = options.apply(k, state, c);
    const last = tail.at(-1);
    const { _id: id, tenantId, version, seq } = doc ?? { _id: '', tenantId: '', version: 0, seq: 0 };
    return {
      id: last?.k ?? id,
      tenantId: last?.t ?? tenantId,
      version: last?.v ?? version,
      seq: last?.q ?? seq,
      state: state!,
      asked: [],
      // A document is saved after its events are out.
      unpublished: last && mayBeUnpublished(last.b) ? outboxOf({ outbox: last.o }) : [],
      outboxBy: last?.b ?? '',
      saved: version,
    };
  };

  const load = async (ids: string[]): Promise<Map<string, Held<S>>> => {
    if (ids.length === 0) return new Map();
    const docs = await collection()
      .find({ _id: { $in: ids } })
      .project<StateDoc>({ tenantId: 1, version: 1, seq: 1, s: 1 })
      .toArray();
    const held = new Map(docs.map((doc) => [doc._id, heldOf(doc, [])]));
    const tails = await rows.after(new Map(ids.map((id) => [id, held.get(id)?.version ?? 0])));
    if (tails.size === 0) return held;
    const found = new Map(docs.map((doc) => [doc._id, doc]));
    for (const [id, tail] of tails) held.set(id, heldOf(found.get(id), tail));
    return held;
  };

  const ahead = new Map<string, Ahead>();
  const unsaved = new Map<string, Unsaved<S>>();
  let saving: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let firstUnsaved: number | undefined;
  let stopped = false;

  const documentOf = ({ id, tenantId, version, seq, state }: Held<S>): StateDoc => ({
    ...options.fieldsOf(state),
    _id: id,
    tenantId,
    version,
    seq,
    s: JSON.stringify(state),
  });
  const savePart = async (part: Unsaved<S>[]): Promise<void> => {
    const held = part.filter((one) => !isAhead(one)) as Held<S>[];
    const fresh = held.filter(({ saved }) => saved === 0).map(documentOf);
    const there = await insertNew(store.db, options.collection, fresh);
    const updates = [
      ...part.filter(isAhead).map(({ update }) => update),
      ...held.filter(({ saved }) => saved > 0).map((one) => updateTo(documentOf(one))),
      ...there.map((index) => updateTo(fresh[index]!)),
    ];
    for (const some of cutBySize(updates, ({ length }) => length, MOST_SAVED_BYTES)) {
      await updateBytes(store.db, options.collection, some);
    }
    for (const one of part) {
      if (!isAhead(one)) one.saved = one.version;
      if (unsaved.get(one.id)?.version === one.version) unsaved.delete(one.id);
    }
  };
  const save = async (all: Held<S>[]): Promise<void> => {
    for (let from = 0; from < all.length; from += MOST_SAVED) await savePart(all.slice(from, from + MOST_SAVED));
  };
  // In small parts with rests between them: what is due meanwhile must not wait for documents.
  const saveBeside = async (all: Unsaved<S>[]): Promise<void> => {
    const atOnce = savedBeside(all.length);
    for (let from = 0; from < all.length; from += stopped ? MOST_SAVED : atOnce) {
      if (from > 0 && !stopped) await pause(SAVING_RESTS_MS);
      await savePart(all.slice(from, from + (stopped ? MOST_SAVED : atOnce)));
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    firstUnsaved = undefined;
    saving = saving
      .then(() => saveBeside([...unsaved.values()]))
      .catch((error) => {
        options.telemetry?.log.warn({ err: error, collection: options.collection }, 'documents were not saved yet');
        if (!stopped) timer ??= setTimeout(flush, SAVE_AFTER_MS);
      });
    return saving;
  };
  // A while after the last one, so that a burst is over first.
  const saveLater = (all: Unsaved<S>[]) => {
    if (all.length === 0) return;
    for (const held of all) unsaved.set(held.id, held);
    firstUnsaved ??= performance.now();
    if (timer && performance.now() - firstUnsaved > SAVE_AT_MOST_MS) return;
    clearTimeout(timer);
    timer = setTimeout(flush, SAVE_AFTER_MS);
  };

  const publish = async (events: OutgoingRecord[], writers: string[]) => {
    await producer.publish(events);
    for (const by of writers) inFlight.delete(by);
  };
  // Before the next change is made or what caused the last one is done with.
  const settle = async (all: Held<S>[]) => {
    const left = all.filter(({ unpublished }) => unpublished.length > 0);
    if (left.length === 0) return;
    await publish(
      left.flatMap(({ unpublished }) => unpublished),
      left.map(({ outboxBy }) => outboxBy),
    );
    for (const held of left) held.unpublished = [];
  };

  const write = async <A>(prepared: Prepared<A>[], noticedAt: Date): Promise<{ made: A[]; lost: A[] }> => {
    if (prepared.length === 0) return { made: [], lost: [] };
    for (const { change } of prepared) {
      setNoticed(change, noticedAt);
      // Before the write: whoever reads the row from now on must know that its events may not be out.
      if (change.events.length > 0) inFlight.add(change.by);
    }
    const behind = await rows.insert(prepared);
    for (const { change } of behind) inFlight.delete(change.by);
    crash('after-write');
    const made = behind.size === 0 ? prepared : prepared.filter((one) => !behind.has(one));
    await publish(
      made.flatMap(({ change }) => change.events),
      made.map(({ change }) => change.by),
    );
    crash('after-publish');
    return { made: made.map(({ after }) => after), lost: [...behind].map(({ after }) => after) };
  };

  const changeMany: RowAggregates<S>['changeMany'] = async (keys, decide, { redelivered = false, noticedAt } = {}) => {
    const done: Held<S>[] = [];
    let left = keys.map(({ id, tenantId }) => ({ name: id, id: `${tenantId}/${id}`, tenantId }));
    for (let attempt = 1; left.length > 0; attempt++) {
      const found = await load(left.map(({ id }) => id));
      await settle([...found.values()]);
      const prepared: Prepared<Held<S>>[] = [];
      const same: Held<S>[] = [];
      for (const { name, id, tenantId } of left) {
        const from = found.get(id);
        const decision = decide(name, from);
        if (decision) {
          const change = rowChange(options, { id, tenantId }, from, decision, nextWrite());
          const { version, seq, by: outboxBy, row } = change;
          const { state } = decision;
          const saved = from?.saved ?? 0;
          const after = { id, tenantId, version, seq, state, asked: [], unpublished: [], outboxBy, saved };
          prepared.push({ row, change, after });
        } else if (from) same.push(from);
      }
      const { made, lost } = await write(prepared, noticedAt ?? new Date());
      done.push(...made, ...same);
      // What is being worked out meanwhile is old.
      for (const { id } of made) ahead.delete(id);
      const behind = [...made, ...same.filter(({ saved, version }) => saved < version)];
      if (redelivered) await save(behind);
      else saveLater(behind);
      const again = new Set(lost.map(({ id }) => id));
      left = left.filter(({ id }) => again.has(id));
      if (attempt >= TRIES && left.length > 0) throw transientError('too many conflicts');
    }
    return done;
  };

  const workOut = (held: Held<S>, decide: Parameters<RowAggregates<S>['workOutAhead']>[1]): void => {
    // What may not be out goes out before the next change is made, by whoever makes it.
    if (held.unpublished.length > 0) return;
    const decision = decide(held);
    if (!decision) return;
    const { id, tenantId } = held;
    const { state, from, until } = decision;
    const change = rowChange(options, { id, tenantId }, held, decision, nextWrite());
    const { version, seq } = change;
    const update = updateTo(documentOf({ ...held, version, seq, state }));
    ahead.set(id, { id, version, change, update, from, until });
  };

  return {
    get collection() {
      return collection() as unknown as mongo.Collection<Doc>;
    },
    async loadMany(ids) {
      return [...(await load(ids)).values()];
    },
    changeMany,
    async workOutAhead(ids, decide) {
      const wanted = ids.filter((id) => !ahead.has(id) && !unsaved.has(id)).slice(0, mostAhead);
      for (let from = 0; from < wanted.length; from += READ_AT_ONCE) {
        const read = [...(await load(wanted.slice(from, from + READ_AT_ONCE))).values()];
        for (const [i, held] of read.entries()) {
          // What is due now goes between.
          if (i % WORKED_OUT_AT_ONCE === 0) await turn();
          workOut(held, decide);
        }
      }
      // The oldest go first: what another process took over, or moved, is never asked for again.
      for (const id of ahead.keys()) {
        if (ahead.size <= mostAhead) break;
        ahead.delete(id);
      }
    },
    async changeAhead(ids, noticedAt) {
      const at = noticedAt.getTime();
      const prepared: Prepared<Ahead>[] = [];
      for (const id of ids) {
        const one = ahead.get(id);
        if (!one) continue;
        // It may be old: then its version is made already, and nothing comes of it.
        ahead.delete(id);
        if (one.from <= at && at < one.until) prepared.push({ row: one.change.row, change: one.change, after: one });
      }
      const { made } = await write(prepared, noticedAt);
      saveLater(made);
      return made;
    },
    isUnsaved: (id) => unsaved.has(id),
    stop() {
      stopped = true;
      return flush();
    },
  };
}
