import type { Aggregates, NewEvent } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { CountEntry } from '../domain/score/entry';
import type { Records } from '../use-cases/ports';
import type { Replaced } from '../use-cases/recovery-ports';
import { withoutUndefined } from './without-undefined';

const envelope = [
  '_id',
  'tenantId',
  'version',
  'seq',
  'asked',
  'outbox',
  'outboxBy',
  'unpublishedSince',
  'ownId',
  'toCount',
] as const;

/** What documents of the service have in common beside their own fields, which must not be called like the envelope's. */
type Countable = { id: string; counts?: CountEntry[] } & { [Name in (typeof envelope)[number]]?: never };

/** Entries that a version before left to be counted, in its field and under its names: they stay there until they are counted. */
interface FromBefore {
  countsBefore?: CountEntry[] | undefined;
}

const waiting = (field: string, entries: CountEntry[] | undefined) =>
  entries && entries.length > 0 ? { [field]: entries } : {};

/** State as document fields. What waits to be counted is there only while it waits: a sparse index finds it. */
export const toDoc = <S extends Countable>({ id, counts, countsBefore, ...rest }: S & FromBefore): mongo.Document =>
  withoutUndefined({ ...rest, ownId: id, ...waiting('toCount', counts), ...waiting('counts', countsBefore) });

/** Fields that a document needs for its indexes alone may stay in the state: they are made anew at each write. */
export const fromDoc = <S extends Countable>(doc: mongo.Document): S => {
  const state = Object.fromEntries(
    Object.entries(doc).filter(([name]) => !(envelope as readonly string[]).includes(name)),
  );
  const before = waiting('countsBefore', doc['counts']);
  return { ...state, ...before, id: doc['ownId'], counts: doc['toCount'] ?? [] } as unknown as S;
};

export interface RecordsOptions<S, E> {
  aggregates: Aggregates<S>;
  evolve(state: S | undefined, event: E, id: string): S;
  /** What the world is told of an event. */
  tell(state: S, event: E, recordedAt: number, tenantId: string): NewEvent[];
  /** Field that lists are ordered by, newest first; a number of milliseconds. */
  order: string;
  /** Called after each write. */
  written?: () => void;
}

/** Documents of one kind, each with its facts in the same write. */
export const createRecords = <S extends Countable, E>(options: RecordsOptions<S, E>): Records<S, E> => {
  const { aggregates, evolve, tell, order, written } = options;
  return {
    async load(tenantId, id) {
      return (await aggregates.load(`${tenantId}/${id}`))?.state;
    },
    async loadMany(tenantId, ids) {
      if (ids.length === 0) return [];
      return (await aggregates.loadMany(ids.map((id) => `${tenantId}/${id}`))).map(({ state }) => state);
    },
    async change(tenantId, id, decide, at, asked) {
      const { state } = await aggregates.change(
        id,
        (current) => {
          let next = current?.state;
          const told: NewEvent[] = [];
          for (const event of decide(next)) {
            next = evolve(next, event, id);
            told.push(...tell(next, event, at, tenantId));
          }
          return next && next !== current?.state ? { state: next, events: told } : undefined;
        },
        { tenantId, request: asked },
      );
      written?.();
      return state;
    },
    async list({ tenantId, where, after, limit }) {
      const wanted = Object.entries(where).filter(([, value]) => value !== '');
      const filter = {
        tenantId: { $eq: tenantId },
        ...Object.fromEntries(wanted.map(([field, value]) => [field, { $eq: value }])),
        ...(after
          ? { $or: [{ [order]: { $lt: after.at } }, { [order]: after.at, _id: { $lt: `${tenantId}/${after.id}` } }] }
          : {}),
      };
      const docs = await aggregates.collection
        .find(filter as never)
        .sort({ [order]: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      return { items: docs.slice(0, limit).map((doc) => fromDoc<S>(doc)), more: docs.length > limit };
    },
  };
};

/** Documents that are replaced as a whole, the newest first. */
export const createReplaced = <S extends Countable>(
  aggregates: Aggregates<S>,
  tell: (state: S, at: number) => NewEvent[] = () => [],
  written?: () => void,
): Records<S, Replaced<S>> =>
  createRecords<S, Replaced<S>>({
    aggregates,
    evolve: (_, { state }) => state,
    tell: (state, { at }) => tell(state, at),
    order: 'createdAt',
    ...(written ? { written } : {}),
  });
