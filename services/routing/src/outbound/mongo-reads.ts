import type { mongo } from 'mongoose';
import type { Decision } from '../domain/decision';
import type { PastWork } from '../domain/history';
import type { Sums } from '../domain/indications';
import { sumNames } from '../domain/indications';
import type { Resource } from '../domain/setup';
import type { WorkItem } from '../domain/work-item';
import type { Collection, Held, Reads, Stored } from '../use-cases/ports';
import { unpackDecisions } from './decision-text';
import type { Saved } from './document';
import { heldOf } from './document';
import type { DecisionsDoc } from './row';

const there = { goneAt: { $exists: false } };
const pastFields = Object.fromEntries(
  ['state', 'queueId', 'answeredAt', 'endedAt', 'stays', 'callback'].map((field) => [`state.${field}`, 1]),
);
const MOST_REPORTED = 200_000;
const MOST_AGENTS = 20_000;

/** Single documents and lists, as last saved. */
export const createMongoReads = (db: mongo.Db): Reads => {
  const decisionRows = db.collection<DecisionsDoc>('decision_rows');
  const decisionsIn = ({ tenantId, text }: DecisionsDoc): Decision[] => unpackDecisions(tenantId, text);
  const of = (collection: Collection) => db.collection<Saved & mongo.Document>(collection);
  const many: Reads['many'] = async (collection, keys) => {
    const found = await of(collection)
      .find({ _id: { $in: keys }, ...there })
      .toArray();
    return new Map(found.map((doc) => [doc._id, heldOf(doc as Saved)])) as Map<string, Held<never>>;
  };
  return {
    many,
    async get<C extends Collection>(collection: C, key: string) {
      return (await many(collection, [key])).get(key) as Held<Stored[C]> | undefined;
    },
    async decision(key) {
      const doc = await decisionRows.findOne({ ids: key });
      return doc ? decisionsIn(doc).find(({ tenantId, id }) => `${tenantId}/${id}` === key) : undefined;
    },
    async latestWork(keys) {
      const found = new Map<string, WorkItem>();
      for (const key of keys) {
        const slash = key.indexOf('/');
        const filter = { tenantId: key.slice(0, slash), conversationId: key.slice(slash + 1) };
        const [doc] = await of('work_items').find(filter).sort({ arrivedAt: -1 }).limit(1).toArray();
        if (doc) found.set(key, doc.state as WorkItem);
      }
      return found;
    },
    async listSetup(collection, tenantId, after, most) {
      // The id follows the tenant in `_id`, so a page is one range.
      const range = { $gt: `${tenantId}/${after}`, $lt: `${tenantId}0` };
      const found = await of(collection)
        .find({ _id: range, ...there })
        .sort({ _id: 1 })
        .limit(most)
        .toArray();
      return found.map(({ state }) => state as Resource);
    },
    async listWork({ tenantId, queueId, agentId, conversationId, state, after, most }) {
      const filter: mongo.Document = {
        tenantId,
        ...(queueId ? { 'state.queueId': queueId } : {}),
        ...(agentId ? { 'state.agentId': agentId } : {}),
        ...(conversationId ? { conversationId } : {}),
        ...(state ? { 'state.state': state } : {}),
        ...(after
          ? {
              $or: [{ arrivedAt: { $lt: after.at } }, { arrivedAt: after.at, _id: { $lt: `${tenantId}/${after.id}` } }],
            }
          : {}),
      };
      const found = await of('work_items').find(filter).sort({ arrivedAt: -1, _id: -1 }).limit(most).toArray();
      return found.map((doc) => ({ item: doc.state as WorkItem, rev: doc.rev }));
    },
    async decisionsOf(tenantId, policyId, from, to, most) {
      const filter = { tenantId, at: { $gte: from, $lt: to }, policyIds: policyId };
      const found: Decision[] = [];
      for await (const doc of decisionRows.find(filter).sort({ at: -1 })) {
        const made = decisionsIn(doc).filter((one) => one.policyId === policyId);
        found.push(...made.reverse().slice(0, most - found.length));
        if (found.length >= most) break;
      }
      return found;
    },
    async lately(tenantId, queueId, since, handled, most) {
      const inQueue = { tenantId, queueIds: queueId };
      const read = (filter: mongo.Document, count: number) =>
        of('work_items').find(filter, { projection: pastFields }).sort({ lastAt: -1 }).limit(count).toArray();
      const recent = await read({ ...inQueue, lastAt: { $gte: since } }, most - handled);
      const completed = await read({ ...inQueue, 'state.state': 'COMPLETED' }, handled);
      const found = new Map([...recent, ...completed].map((doc) => [doc._id, doc.state as PastWork]));
      return [...found.values()];
    },
    async agentDays(tenantId, agentIds, from, to) {
      const sums = Object.fromEntries(sumNames.map((name) => [name, { $sum: `$state.${name}` }]));
      const found = of('agent_days').aggregate<Sums & { _id: string }>([
        { $match: { tenantId, 'state.day': { $gte: from, $lte: to }, 'state.agentId': { $in: agentIds } } },
        { $group: { _id: '$state.agentId', ...sums } },
      ]);
      return new Map((await found.toArray()).map(({ _id, ...one }) => [_id, one as Sums]));
    },
    async agentsServing(tenantId, queueIds) {
      const range = { $gt: `${tenantId}/`, $lt: `${tenantId}0` };
      const found = await of('agents')
        .find({ _id: range, 'state.queueIds': { $in: queueIds }, ...there }, { projection: { 'state.id': 1 } })
        .limit(MOST_AGENTS)
        .toArray();
      return found.map(({ state }) => (state as { id: string }).id);
    },
    async arrivalsOf(tenantId, queueId, { from, to, before, since }, intervalMs) {
      // The first stay begins when the customer arrived, later ones when the contact was passed on.
      const at = { $cond: [{ $eq: ['$i', 0] }, '$state.arrivedAt', '$state.stays.enteredAt'] };
      const queuedAt = { $first: '$state.stays.enteredAt' };
      const found = of('work_items').aggregate<{ _id: number; contacts: number }>([
        // Whatever was queued or passed on since then was touched since then.
        {
          $match: {
            tenantId,
            queueIds: queueId,
            lastAt: { $gte: Math.max(from, since ?? from) },
            arrivedAt: { $lt: to },
          },
        },
        { $project: { 'state.arrivedAt': 1, 'state.stays.queueId': 1, 'state.stays.enteredAt': 1, queuedAt } },
        ...(before === undefined ? [] : [{ $match: { queuedAt: { $lt: before } } }]),
        { $unwind: { path: '$state.stays', includeArrayIndex: 'i' } },
        { $match: { 'state.stays.queueId': queueId } },
        { $project: { at, queuedAt: 1 } },
        { $match: { at: { $gte: from, $lt: to } } },
        ...(since === undefined ? [] : [{ $match: { $or: [{ queuedAt: { $gte: since } }, { at: { $gte: since } }] } }]),
        { $group: { _id: { $floor: { $divide: ['$at', intervalMs] } }, contacts: { $sum: 1 } } },
      ]);
      return (await found.toArray()).map(({ _id, contacts }) => ({ at: _id * intervalMs, contacts }));
    },
    async handledOf(tenantId, queueId, { from, to, since }, intervalMs) {
      const found = of('work_items').aggregate<{ _id: number; seconds: number; n: number }>([
        {
          $match: {
            tenantId,
            queueIds: queueId,
            lastAt: { $gte: Math.max(from, since ?? from), $lt: to },
            'state.queueId': queueId,
          },
        },
        { $match: { 'state.answeredAt': { $gt: 0 }, 'state.endedAt': { $gt: 0 } } },
        { $project: { lastAt: 1, took: { $divide: [{ $subtract: ['$state.endedAt', '$state.answeredAt'] }, 1000] } } },
        {
          $group: { _id: { $floor: { $divide: ['$lastAt', intervalMs] } }, seconds: { $sum: '$took' }, n: { $sum: 1 } },
        },
      ]);
      return (await found.toArray()).map(({ _id, seconds, n }) => ({ at: _id * intervalMs, seconds, n }));
    },
    async workOfQueue(tenantId, queueId, from, to) {
      const filter = {
        tenantId,
        queueIds: queueId,
        $or: [{ lastAt: { $gte: from } }, { open: true }],
        arrivedAt: { $lt: to },
      };
      const found = of('work_items').find(filter, {
        projection: {
          'state.stays': 1,
          'state.waits': 1,
          'state.queueId': 1,
          'state.answeredAt': 1,
          'state.handledAt': 1,
          'state.endedAt': 1,
        },
      });
      return (await found.limit(MOST_REPORTED).toArray()).map((doc) => doc.state as WorkItem);
    },
  };
};
