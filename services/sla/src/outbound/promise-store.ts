import { groupBy, Refusal } from '@throughline/core';
import type { Aggregates, Decision } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Commitment, PromiseEvent } from '../domain/promise/promise';
import { decide as decidePromise, evolve, nextMoment } from '../domain/promise/promise';
import type { PromiseQuery, PromiseStore } from '../use-cases/ports';
import { promiseEvent } from './promise-events';
import { shardOf } from './shards';
import { withoutUndefined } from './without-undefined';

/** A promise as document fields: `due` is the agreed moment, `dueAt` when somebody must look at it. */
export const promiseToDoc = (promise: Commitment): mongo.Document => {
  const { id, dueAt, ...rest } = promise;
  const next = nextMoment(promise);
  return withoutUndefined({
    ...rest,
    promiseId: id,
    shard: shardOf(id),
    due: new Date(dueAt),
    dueAt: next === undefined ? undefined : new Date(next),
  });
};

export const promiseFromDoc = (doc: mongo.Document): Commitment => {
  const { _id, tenantId, version, seq, asked, outbox, outboxBy, unpublishedSince, ...rest } = doc;
  const { shard, dueAt, due, promiseId, ...state } = rest;
  return { ...state, id: promiseId, dueAt: (due as Date).getTime() } as Commitment;
};

const after = (
  before: Commitment | undefined,
  events: PromiseEvent[],
  at: number,
): Decision<Commitment> | undefined => {
  let state = before;
  const told = events.map((event) => {
    state = evolve(state, event);
    return promiseEvent(state!, event, at);
  });
  return state && events.length > 0 ? { state, events: told, result: Buffer.from(JSON.stringify(state)) } : undefined;
};

/** Promises on MongoDB: one document each, its facts in the same write. `onDue` hears of each next moment. */
export const createPromiseStore = (
  aggregates: Aggregates<Commitment>,
  onDue: (documentId: string, at: number | undefined) => void,
): PromiseStore => ({
  async load(tenantId, id) {
    return (await aggregates.load(`${tenantId}/${id}`))?.state;
  },
  async change(tenantId, id, decide, at, asked) {
    const { state, repeated, result } = await aggregates.change(
      id,
      (current) => after(current?.state, decide(current?.state), at),
      {
        tenantId,
        request: asked,
      },
    );
    if (!state) throw new Refusal('not_found', 'PROMISE_NOT_FOUND', `there is no promise ${id}`);
    onDue(`${tenantId}/${id}`, nextMoment(state));
    return repeated && result ? (JSON.parse(result.toString()) as Commitment) : state;
  },
  async checkMany(keys, now) {
    for (const [tenantId, group] of groupBy(keys, (key) => key.tenantId)) {
      const written = await aggregates.changeMany(
        group.map(({ id }) => ({ id, tenantId })),
        (_, current) => current && after(current.state, decidePromise(current.state, { type: 'check', at: now }), now),
      );
      for (const { id, state } of written) onDue(id, nextMoment(state));
    }
  },
  async list({ tenantId, conversationId, ownerId, teamId, states, dueBefore }: PromiseQuery, place, limit) {
    const filter = {
      tenantId: { $eq: tenantId },
      ...(conversationId ? { conversationId: { $eq: conversationId } } : {}),
      ...(ownerId ? { ownerId: { $eq: ownerId } } : {}),
      ...(teamId ? { teamId: { $eq: teamId } } : {}),
      ...(states.length > 0 ? { state: { $in: states } } : {}),
      ...(dueBefore === undefined ? {} : { due: { $lt: new Date(dueBefore) } }),
      ...(place
        ? {
            $or: [
              { due: { $gt: new Date(place.dueAt) } },
              { due: new Date(place.dueAt), _id: { $gt: `${tenantId}/${place.id}` } },
            ],
          }
        : {}),
    };
    const docs = await aggregates.collection
      .find(filter as never)
      .sort({ due: 1, _id: 1 })
      .limit(limit + 1)
      .toArray();
    return { promises: docs.slice(0, limit).map(promiseFromDoc), more: docs.length > limit };
  },
  async keptByTeam(tenantId, from, to) {
    const rows = await aggregates.collection
      .aggregate([
        {
          $match: {
            tenantId,
            due: { $gte: new Date(from), $lt: new Date(to) },
            state: { $in: ['kept', 'late', 'broken'] },
          },
        },
        { $group: { _id: { teamId: '$teamId', state: '$state' }, n: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    return rows.map(({ _id, n }) => ({ ...(_id as { teamId: string; state: Commitment['state'] }), n }));
  },
});
