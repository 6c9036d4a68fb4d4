import type { Aggregates } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Docket } from '../domain/clock/clock';
import { nextMoment } from '../domain/clock/clock';
import type { AttainmentCount, DocketKey, DocketQuery, DocketStore } from '../use-cases/ports';
import { byTenant } from './by-tenant';
import { clockEvent } from './clock-events';
import { shardOf } from './shards';
import { withoutUndefined } from './without-undefined';

const docIdOf = ({ tenantId, id }: DocketKey): string => `${tenantId}/${id}`;

const earliest = (times: (number | undefined)[]): Date | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? new Date(Math.min(...known)) : undefined;
};

/**
 * A docket as document fields. `dueAt` is when somebody must look at it, `riskAt` when its first open clock is due,
 * `startedAt` when its last clock began. Attributes are pairs: customers' systems name them, and a field name may not hold
 * every sign.
 */
export const docketToDoc = (docket: Docket): mongo.Document => {
  const { id, openedAt, facts, ...rest } = docket;
  const running = docket.clocks.filter((clock) => clock.runningSince !== undefined);
  return withoutUndefined({
    ...rest,
    facts: { ...facts, attributes: Object.entries(facts.attributes) },
    openedAt: new Date(openedAt),
    conversationId: id,
    shard: shardOf(id),
    dueAt: earliest([nextMoment(docket)]),
    riskAt: earliest(running.map((clock) => clock.dueAt)),
    startedAt: new Date(Math.max(0, ...docket.clocks.map((clock) => clock.startedAt))),
  });
};

export const docketFromDoc = (doc: mongo.Document): Docket => {
  const { _id, tenantId, version, seq, asked, outbox, outboxBy, unpublishedSince, ...rest } = doc;
  const { shard, dueAt, riskAt, startedAt, conversationId, openedAt, facts, ...state } = rest;
  return {
    ...state,
    id: conversationId,
    openedAt: (openedAt as Date).getTime(),
    facts: { ...facts, attributes: Object.fromEntries(facts.attributes) },
  } as Docket;
};

const ended = { $gt: ['$clocks.endedAt', null] };
const is = (state: string) => ({ $eq: ['$clocks.state', state] });
const one = (condition: mongo.Document) => ({ $sum: { $cond: [condition, 1, 0] } });

/** Dockets on MongoDB: one document each, its facts in the same write. `onDue` hears of each next moment. */
export const createDocketStore = (
  aggregates: Aggregates<Docket>,
  onDue: (documentId: string, at: number | undefined) => void,
): DocketStore => ({
  async load(key) {
    return (await aggregates.load(docIdOf(key)))?.state;
  },
  async changeMany(keys, decide, recordedAt, options) {
    // An id may be in use by several tenants, and the batch names aggregates by id alone.
    for (const [tenantId, group] of byTenant(keys)) {
      const change = (id: string, current: { state: Docket } | undefined) => {
        const after = decide({ tenantId, id }, current?.state);
        if (!after) return undefined;
        return { state: after.docket, events: after.told.map((told) => clockEvent(after.docket, told, recordedAt)) };
      };
      const written = await aggregates.changeMany(group, change, options);
      for (const { id, state } of written) onDue(id, nextMoment(state));
    }
  },
  async list({ tenantId, conversationId, states, metrics, policyId, dueBefore }: DocketQuery, after, limit) {
    const clock = {
      ...(states.length > 0 ? { state: { $in: states } } : {}),
      ...(metrics.length > 0 ? { metric: { $in: metrics } } : {}),
      ...(policyId ? { 'terms.policy.id': policyId } : {}),
      ...(dueBefore === undefined ? {} : { dueAt: { $lt: dueBefore } }),
    };
    const place = after && {
      $or: [
        { openedAt: { $lt: new Date(after.openedAt) } },
        { openedAt: new Date(after.openedAt), _id: { $gt: `${tenantId}/${after.id}` } },
      ],
    };
    const filter = {
      tenantId: { $eq: tenantId },
      ...(conversationId ? { _id: `${tenantId}/${conversationId}` } : {}),
      clocks: Object.keys(clock).length > 0 ? { $elemMatch: clock } : { $ne: [] },
      ...place,
    };
    const docs = await aggregates.collection
      .find(filter as never)
      .sort({ openedAt: -1, _id: 1 })
      .limit(limit + 1)
      .toArray();
    return { dockets: docs.slice(0, limit).map(docketFromDoc), more: docs.length > limit };
  },
  async attainment(tenantId, from, to, now) {
    const late = {
      $and: [
        { $not: [ended] },
        {
          $or: [
            is('breached'),
            { $and: [is('running'), { $gt: ['$clocks.dueAt', null] }, { $lt: ['$clocks.dueAt', now] }] },
          ],
        },
      ],
    };
    const rows = await aggregates.collection
      .aggregate([
        { $match: { tenantId, startedAt: { $gte: new Date(from) }, openedAt: { $lt: new Date(to) } } },
        { $unwind: '$clocks' },
        { $match: { 'clocks.startedAt': { $gte: from, $lt: to } } },
        {
          $group: {
            _id: {
              policyId: '$clocks.terms.policy.id',
              metric: '$clocks.metric',
              channel: '$facts.channel',
              team: { $cond: [{ $eq: ['$clocks.team', ''] }, '$facts.queueId', '$clocks.team'] },
              priority: '$clocks.terms.priority',
              day: { $dateToString: { date: { $toDate: '$clocks.startedAt' }, format: '%Y-%m-%d' } },
            },
            met: one(is('met')),
            breached: one({ $or: [{ $and: [is('breached'), ended] }, late] }),
            cancelled: one(is('cancelled')),
            all: { $sum: 1 },
          },
        },
      ])
      .toArray();
    const sum = (name: string) => ({ $sum: `$tallies.${name}` });
    const older = await aggregates.collection
      .aggregate([
        {
          $match: {
            tenantId,
            startedAt: { $gte: new Date(from) },
            openedAt: { $lt: new Date(to) },
            tallies: { $exists: true },
          },
        },
        { $unwind: '$tallies' },
        { $match: { 'tallies.since': { $gte: from, $lt: to } } },
        {
          $group: {
            _id: {
              policyId: '$tallies.policyId',
              metric: '$tallies.metric',
              channel: '$facts.channel',
              team: '$tallies.team',
              priority: '$tallies.priority',
              day: '$tallies.day',
            },
            met: sum('met'),
            breached: sum('breached'),
            cancelled: sum('cancelled'),
          },
        },
      ])
      .toArray();
    return [...rows, ...older].map(({ _id, met, breached, cancelled, all = met + breached + cancelled }) => ({
      ...(_id as Omit<AttainmentCount, 'met' | 'breached' | 'open' | 'cancelled'>),
      met,
      breached,
      cancelled,
      open: all - met - breached - cancelled,
    }));
  },
  async dueWithin(tenantId, until, limit) {
    const docs = await aggregates.collection
      .find({ tenantId: { $eq: tenantId }, riskAt: { $lt: new Date(until) } } as never)
      .sort({ riskAt: 1 })
      .limit(limit)
      .toArray();
    return docs.map(docketFromDoc);
  },
});
