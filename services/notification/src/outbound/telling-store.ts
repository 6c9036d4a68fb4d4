import type { Aggregates } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Telling } from '../domain/incident/telling';
import type { Tellings } from '../use-cases/ports';
import { withoutUndefined } from './without-undefined';

export const tellingToDoc = ({ id, dueAt, ...rest }: Telling): mongo.Document =>
  withoutUndefined({ ...rest, tellingId: id, dueAt: dueAt === undefined ? undefined : new Date(dueAt) });

export const tellingFromDoc = (doc: mongo.Document): Telling => {
  const { _id, tenantId, version, seq, asked, outbox, outboxBy, unpublishedSince, ...rest } = doc;
  const { tellingId, dueAt, ...telling } = rest;
  return { ...telling, id: tellingId, dueAt: (dueAt as Date | undefined)?.getTime() } as Telling;
};

/** Tellings on MongoDB, one document each. */
export const createTellings = (aggregates: Aggregates<Telling>): Tellings => ({
  async load(tenantId, id) {
    return (await aggregates.load(`${tenantId}/${id}`))?.state;
  },
  async change(tenantId, id, decide) {
    const { state } = await aggregates.change(
      id,
      (current) => {
        const next = decide(current?.state);
        return next && next !== current?.state ? { state: next, events: [] } : undefined;
      },
      { tenantId },
    );
    return state!;
  },
  async due(until, limit) {
    const docs = await aggregates.collection
      .find({ dueAt: { $lte: new Date(until) } } as never)
      .sort({ dueAt: 1 })
      .limit(limit)
      .toArray();
    return docs.map((doc) => ({ tenantId: doc['tenantId'] as string, telling: tellingFromDoc(doc) }));
  },
});
