import type { Aggregates, NewEvent } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Book } from '../domain/book/book';
import { emptyBook } from '../domain/book/book';
import type { BookChange, BookStore } from '../use-cases/ports';
import { bookEvent } from './book-events';
import { withoutUndefined } from './without-undefined';

export const bookToDoc = (book: Book): mongo.Document => withoutUndefined({ ...book });

export const bookFromDoc = (doc: mongo.Document): Book => {
  const { _id, tenantId, version, seq, asked, outbox, outboxBy, unpublishedSince, ...book } = doc;
  return book as Book;
};

const decision = (change: BookChange | undefined, before: Book | undefined, at: number) => {
  if (!change || (change.book === before && change.told.length === 0)) return undefined;
  const events: NewEvent[] = change.told.map((told) => bookEvent(told, at));
  return { state: change.book, events };
};

/** One document per customer: who asks at the same moment is decided one after the other. */
export const createBookStore = (aggregates: Aggregates<Book>, now: () => number): BookStore => ({
  async load(tenantId, customerId) {
    return (await aggregates.load(`${tenantId}/${customerId}`))?.state ?? emptyBook(customerId);
  },
  async languagesOf(tenantId, customerIds) {
    const docs = await aggregates.collection
      .find({ _id: { $in: customerIds.map((id) => `${tenantId}/${id}`) }, language: { $gt: '' } } as never)
      .project<{ customerId: string; language: string }>({ _id: 0, customerId: 1, language: 1 })
      .toArray();
    return new Map(docs.map(({ customerId, language }) => [customerId, language]));
  },
  async change(tenantId, customerId, decide, asked) {
    const { state } = await aggregates.change(
      customerId,
      (current) => decision(decide(current?.state ?? emptyBook(customerId)), current?.state, now()),
      { tenantId, request: asked },
    );
    return state ?? emptyBook(customerId);
  },
  async changeMany(tenantId, customerIds, decide) {
    await aggregates.changeMany(
      customerIds.map((id) => ({ id, tenantId })),
      (id, current) => decision(decide(id, current?.state ?? emptyBook(id)), current?.state, now()),
    );
  },
});
