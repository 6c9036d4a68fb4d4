import type { mongo } from 'mongoose';
import type { WorkItem } from '../domain/work-item';
import { isOpen } from '../domain/work-item';
import type { Collection, DocChange, Held } from '../use-cases/ports';

/** A document as saved. `at` is the row that it comes from: an older row never replaces a newer one. */
export interface Saved {
  _id: string;
  shard: number;
  at: number;
  tenantId: string;
  rev: number;
  eventSeq: number;
  asked: unknown[];
  state: unknown;
  /** Deleted; the place is kept for a while, so that a slow writer cannot bring it back. */
  goneAt?: Date;
}

// What lists and reports look for, beside the state.
const sortedBy = (item: WorkItem): mongo.Document => ({
  conversationId: item.conversationId,
  arrivedAt: item.arrivedAt,
  queueIds: [...new Set(item.stays.map(({ queueId }) => queueId))],
  lastAt: Math.max(item.endedAt, ...item.stays.map(({ enteredAt, leftAt }) => Math.max(enteredAt, leftAt))),
  ...(isOpen(item) ? { open: true } : {}),
});

export const savedOf = (shard: number, at: number, { collection, key, held }: DocChange): mongo.Document => {
  const tenantId = key.slice(0, key.indexOf('/'));
  if (!held) return { _id: key, shard, at, tenantId, goneAt: new Date() };
  return {
    _id: key,
    shard,
    at,
    tenantId,
    rev: held.rev,
    eventSeq: held.eventSeq,
    asked: held.asked,
    state: held.state,
    ...(collection === 'work_items' ? sortedBy(held.state as WorkItem) : {}),
  };
};

export const heldOf = <S>({ state, rev, eventSeq, asked }: Saved): Held<S> =>
  ({ state, rev, eventSeq, asked }) as Held<S>;

export const changeOf = (collection: Collection, doc: Saved): DocChange => ({
  collection,
  key: doc._id,
  held: heldOf(doc),
});
