import { groupBy } from '@throughline/core';
import type { RowAggregates, RowDecision } from '@throughline/store';
import { stateOf } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Docket } from '../domain/clock/clock';
import { nextMoment } from '../domain/clock/clock';
import type { Folded } from '../domain/clock/fold';
import type {
  AttainmentCount,
  AttainmentQuery,
  Dimension,
  DocketKey,
  DocketQuery,
  DocketStore,
} from '../use-cases/ports';
import { clockFact } from './clock-events';
import { shardOf } from './shards';
import { writeStep } from './step-text';

const docIdOf = ({ tenantId, id }: DocketKey): string => `${tenantId}/${id}`;

/** What reports group by; what is empty is left out but for what they always had. */
const reportedFacts = ({ channel, queueId, topic, language, destination, assigneeId, attributes }: Docket['facts']) => {
  const named = Object.entries({ topic, language, destination, assigneeId }).filter(([, value]) => value !== '');
  const others = Object.entries(attributes).map(([k, v]) => ({ k, v }));
  return { channel, queueId, ...Object.fromEntries(named), ...(others.length > 0 ? { attributes: others } : {}) };
};

/**
 * What queries look at. `dueAt` is when somebody must look at it, `riskAt` when its first open clock is due, `startedAt` when
 * its last clock began.
 */
export const docketFields = (docket: Docket): mongo.Document => {
  const { id, openedAt, facts, tallies } = docket;
  const next = nextMoment(docket);
  const risks = docket.clocks.flatMap(({ runningSince, dueAt }) =>
    runningSince !== undefined && dueAt !== undefined ? [dueAt] : [],
  );
  return {
    shard: shardOf(id),
    openedAt: new Date(openedAt),
    facts: reportedFacts(facts),
    clocks: docket.clocks.map(({ metric, state, team, terms, startedAt, endedAt, dueAt }) => ({
      metric,
      state,
      team,
      terms: { policy: { id: terms.policy.id }, priority: terms.priority },
      startedAt,
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(dueAt === undefined ? {} : { dueAt }),
    })),
    ...(tallies ? { tallies } : {}),
    ...(next === undefined ? {} : { dueAt: new Date(next) }),
    ...(risks.length > 0 ? { riskAt: new Date(Math.min(...risks)) } : {}),
    startedAt: new Date(Math.max(0, ...docket.clocks.map((clock) => clock.startedAt))),
  };
};

const fact = (name: string) => ({ $ifNull: [`$facts.${name}`, ''] });

/** The value of an attribute by its name, which may hold anything. */
const attributeOf = (name: string) => ({
  $let: {
    vars: {
      found: {
        $first: {
          $filter: { input: { $ifNull: ['$facts.attributes', []] }, cond: { $eq: ['$$this.k', { $literal: name }] } },
        },
      },
    },
    in: { $ifNull: ['$$found.v', ''] },
  },
});

const isClock = { $gt: ['$counted.startedAt', null] };

/** What groups are told apart by. A tally holds what was said of its clocks when they were counted. */
const groupOf = ({ by, attribute }: AttainmentQuery): mongo.Document => {
  const all: Record<Dimension, unknown> = {
    policyId: { $ifNull: ['$counted.terms.policy.id', '$counted.policyId'] },
    metric: '$counted.metric',
    team: {
      $cond: [{ $and: [isClock, { $eq: ['$counted.team', ''] }] }, '$facts.queueId', '$counted.team'],
    },
    priority: { $ifNull: ['$counted.terms.priority', '$counted.priority'] },
    day: {
      $ifNull: ['$counted.day', { $dateToString: { date: { $toDate: '$counted.startedAt' }, format: '%Y-%m-%d' } }],
    },
    channel: '$facts.channel',
    topic: fact('topic'),
    language: fact('language'),
    destination: fact('destination'),
    assigneeId: fact('assigneeId'),
    attribute: attributeOf(attribute),
  };
  return Object.fromEntries(by.map((dimension) => [dimension, all[dimension]]));
};

/** The state of a clock; one that runs past its due moment is breached, whether or not that was noticed yet. */
const stateAt = (now: number) => {
  const late = [
    { $eq: ['$counted.state', 'running'] },
    { $gt: ['$counted.dueAt', null] },
    { $lt: ['$counted.dueAt', now] },
  ];
  return { $cond: [{ $and: late }, 'breached', '$counted.state'] };
};

/** A tally brings its own number; a clock counts as one. */
const counted = (name: keyof Omit<AttainmentCount, Dimension>, states: string[] = [name]) => ({
  $sum: { $cond: [isClock, { $cond: [{ $in: ['$state', states] }, 1, 0] }, `$counted.${name}`] },
});

const decisionOf = ({ docket, events, told }: Folded): RowDecision<Docket> => ({
  state: docket,
  step: writeStep(events),
  events: told.map((one) => clockFact(docket, one)),
});

/** Dockets on MongoDB: a row for each change with its facts, and documents that follow. `onDue` hears of each next moment. */
export const createDocketStore = (
  aggregates: RowAggregates<Docket>,
  onDue: (documentId: string, at: number | undefined) => void,
): DocketStore => ({
  async load(key) {
    return (await aggregates.loadMany([docIdOf(key)]))[0]?.state;
  },
  async changeMany(keys, decide, recordedAt, options) {
    // An id may be in use by several tenants, and the batch names aggregates by id alone.
    for (const [tenantId, group] of groupBy(keys, (key) => key.tenantId)) {
      const change = (id: string, current: { state: Docket } | undefined) => {
        const after = decide({ tenantId, id }, current?.state);
        return after && decisionOf(after);
      };
      const noticedAt = new Date(recordedAt);
      const written = await aggregates.changeMany(group, change, { ...options, noticedAt });
      for (const { id, state } of written) onDue(id, nextMoment(state));
    }
  },
  async prepare(keys, decide) {
    await aggregates.workOutAhead(keys.map(docIdOf), ({ tenantId, state }) => {
      const expected = decide({ tenantId, id: state.id }, state);
      return expected && { ...decisionOf(expected.after), from: expected.from, until: expected.until };
    });
  },
  async changePrepared(keys, recordedAt) {
    const made = await aggregates.changeAhead(keys.map(docIdOf), new Date(recordedAt));
    for (const { id, until } of made) onDue(id, Number.isFinite(until) ? until : undefined);
    if (made.length === keys.length) return [];
    const done = new Set(made.map(({ id }) => id));
    return keys.filter((key) => !done.has(docIdOf(key)));
  },
  async list({ tenantId, states, metrics, policyId, dueBefore }: DocketQuery, after, limit) {
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
      clocks: Object.keys(clock).length > 0 ? { $elemMatch: clock } : { $ne: [] },
      ...place,
    };
    const docs = await aggregates.collection
      .find(filter as never)
      .sort({ openedAt: -1, _id: 1 })
      .limit(limit + 1)
      .toArray();
    return { dockets: docs.slice(0, limit).map(stateOf<Docket>), more: docs.length > limit };
  },
  async attainment(query) {
    const { tenantId, from, to } = query;
    const within = { $gte: from, $lt: to };
    // Clocks and tallies come from one look at the document: a clock that becomes a tally meanwhile counts once.
    const rows = await aggregates.collection
      .aggregate([
        { $match: { tenantId, startedAt: { $gte: new Date(from) }, openedAt: { $lt: new Date(to) } } },
        { $project: { facts: 1, counted: { $concatArrays: ['$clocks', { $ifNull: ['$tallies', []] }] } } },
        { $unwind: '$counted' },
        { $match: { $or: [{ 'counted.startedAt': within }, { 'counted.since': within }] } },
        { $set: { state: stateAt(query.now) } },
        {
          $group: {
            _id: groupOf(query),
            met: counted('met'),
            breached: counted('breached'),
            cancelled: counted('cancelled'),
            open: counted('open', ['running', 'paused']),
          },
        },
      ])
      .toArray();
    return rows.map(({ _id, ...counts }) => ({ ..._id, ...counts }) as AttainmentCount);
  },
  async dueWithin(tenantId, until, limit) {
    const docs = await aggregates.collection
      .find({ tenantId: { $eq: tenantId }, riskAt: { $lt: new Date(until) } } as never)
      .sort({ riskAt: 1 })
      .limit(limit)
      .toArray();
    return docs.map(stateOf<Docket>);
  },
});
