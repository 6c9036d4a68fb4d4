import type { IndexSpec, Store } from '@throughline/store';
import { alreadyAsked, createGroupCommit, duplicatesOf } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Attempt } from '../../domain/webhooks/schedule';
import type { Delivery, DeliveryQueue, EndpointKey, NewDelivery } from '../../use-cases/webhooks/ports';

interface StoredAttempt extends Omit<Attempt, 'at'> {
  at: Date;
}

interface DeliveryDoc extends Omit<NewDelivery, 'id'> {
  _id: string;
  deliveryId: string;
  endpoint: EndpointKey;
  state: Delivery['state'];
  attemptCount: number;
  since: Date;
  nextAt: Date;
  recordedAt: Date;
  deliveredAt?: Date;
  attempts: StoredAttempt[];
  expireAt: Date;
}

interface QueueDoc {
  _id: EndpointKey;
  shard: number;
  stamp: number;
  wakeAt?: Date;
  /** Replays that were asked for. */
  asked?: { id: string; fingerprint: string; at: Date; count: number }[];
}

const KEPT_MS = 30 * 86_400_000;
const ATTEMPTS_KEPT = 20;
const ASKED_KEPT = 32;

const keyOf = (tenantId: string, endpointId: string): EndpointKey => `${tenantId}/${endpointId}`;

const newDoc = ({ id, ...delivery }: NewDelivery, at: Date): DeliveryDoc => {
  const endpoint = keyOf(delivery.tenantId, delivery.endpointId);
  return {
    _id: `${endpoint}/${id}`,
    deliveryId: id,
    endpoint,
    ...delivery,
    state: 'pending',
    attemptCount: 0,
    since: at,
    nextAt: at,
    recordedAt: at,
    attempts: [],
    expireAt: new Date(at.getTime() + KEPT_MS),
  };
};

const fromDoc = (doc: DeliveryDoc): Delivery => {
  const { _id, endpoint, deliveryId, since, nextAt, recordedAt, deliveredAt, attempts, expireAt, ...rest } = doc;
  return {
    ...rest,
    id: deliveryId,
    since: since.getTime(),
    nextAt: nextAt.getTime(),
    recordedAt: recordedAt.getTime(),
    deliveredAt: deliveredAt?.getTime(),
    attempts: attempts.map((attempt) => ({ ...attempt, at: attempt.at.getTime() })),
  };
};

const storedAttempt = ({ at, status, reason, tookMs }: Attempt): StoredAttempt => ({
  at: new Date(at),
  status,
  reason,
  tookMs,
});

/**
 * Deliveries on MongoDB: one document each, and one small document per endpoint that says when somebody must look at it, so
 * that a round costs the same however much waits behind a dead receiver.
 */
export const createDeliveryQueue = (
  store: Pick<Store, 'db'>,
  shardOf: (endpoint: EndpointKey) => number,
): DeliveryQueue => {
  const deliveries = () => store.db.collection<DeliveryDoc>('webhook_deliveries');
  const queues = () => store.db.collection<QueueDoc>('webhook_queues');
  const pending = (endpoint: EndpointKey) => ({ endpoint: { $eq: endpoint }, state: 'pending' as const });

  const wakeAll = async (endpoints: EndpointKey[], at: number) => {
    const operations = endpoints.map((endpoint) => ({
      updateOne: {
        filter: { _id: endpoint },
        update: {
          $min: { wakeAt: new Date(at) },
          $inc: { stamp: 1 },
          $setOnInsert: { shard: shardOf(endpoint) },
        },
        upsert: true,
      },
    }));
    await queues().bulkWrite(operations, { ordered: false });
  };

  // Many lanes settle at the price of one.
  const write = createGroupCommit((operations: mongo.AnyBulkWriteOperation<DeliveryDoc>[]) =>
    deliveries().bulkWrite(operations, { ordered: false }),
  );

  return {
    async add(added, at) {
      const docs = added.map((one) => newDoc(one, new Date(at)));
      // Those that were there already are no fault.
      await duplicatesOf(() => deliveries().insertMany(docs, { ordered: false }));
      await wakeAll([...new Set(docs.map(({ endpoint }) => endpoint))], at);
    },
    wake: (endpoint, at) => wakeAll([endpoint], at),
    async ready(shards, at, limit) {
      if (shards.length === 0) return [];
      const found = await queues()
        .find({ shard: { $in: shards }, wakeAt: { $lte: new Date(at) } })
        .sort({ wakeAt: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ _id, stamp }) => ({ endpoint: _id, stamp }));
    },
    async rest(endpoint, stamp, until) {
      const update = until === undefined ? { $unset: { wakeAt: '' as const } } : { $set: { wakeAt: new Date(until) } };
      await queues().updateOne({ _id: endpoint, stamp }, update);
    },
    async lanes(endpoint, except, limit) {
      const found = await deliveries()
        .find({ ...pending(endpoint), lane: { $nin: except } })
        .project<{ lane: string }>({ _id: 0, lane: 1 })
        .sort({ recordedAt: 1 })
        .limit(limit * 25)
        .toArray();
      return [...new Set(found.map(({ lane }) => lane))].slice(0, limit);
    },
    async head(endpoint, lane, limit) {
      const found = await deliveries()
        .find({ ...pending(endpoint), lane: { $eq: lane } })
        .sort({ offset: 1 })
        .limit(limit)
        .toArray();
      return found.map((doc) => fromDoc(doc as DeliveryDoc));
    },
    settle({ tenantId, endpointId, id }, attempt, next) {
      const moved =
        next.state === 'pending'
          ? { nextAt: new Date(next.nextAt) }
          : { state: next.state, ...(next.state === 'delivered' ? { deliveredAt: new Date(attempt.at) } : {}) };
      return write({
        updateOne: {
          filter: { _id: `${keyOf(tenantId, endpointId)}/${id}`, state: 'pending' },
          update: {
            $set: moved,
            $inc: { attemptCount: 1 },
            $push: { attempts: { $each: [storedAttempt(attempt)], $slice: -ATTEMPTS_KEPT } },
          },
        },
      });
    },
    async hasten(endpoint, at) {
      const now = new Date(at);
      await deliveries().updateMany({ ...pending(endpoint), nextAt: { $gt: now } }, { $set: { nextAt: now } });
    },
    async renew(endpoint, at) {
      const now = new Date(at);
      await deliveries().updateMany(pending(endpoint), { $set: { since: now, nextAt: now, attemptCount: 0 } });
    },
    async record(delivery, attempt, state) {
      const doc = newDoc(delivery, new Date(attempt.at));
      const delivered = state === 'delivered' ? { deliveredAt: new Date(attempt.at) } : {};
      await deliveries().insertOne({
        ...doc,
        ...delivered,
        state,
        attemptCount: 1,
        attempts: [storedAttempt(attempt)],
      });
    },
    async replay(tenantId, endpointId, { ids, from, to }, failedOnly, at) {
      const endpoint = keyOf(tenantId, endpointId);
      const which = ids
        ? { _id: { $in: ids.map((id) => `${endpoint}/${id}`) } }
        : { recordedAt: { $gte: new Date(from ?? 0), $lt: new Date(to ?? at) } };
      const { modifiedCount } = await deliveries().updateMany(
        { endpoint: { $eq: endpoint }, ...which, state: { $in: failedOnly ? ['failed'] : ['failed', 'delivered'] } },
        {
          $set: {
            state: 'pending',
            attemptCount: 0,
            since: new Date(at),
            nextAt: new Date(at),
            expireAt: new Date(at + KEPT_MS),
          },
          $unset: { deliveredAt: '' },
        },
      );
      return modifiedCount;
    },
    async replayed(tenantId, endpointId, asked) {
      const found = await queues().findOne({ _id: { $eq: keyOf(tenantId, endpointId) } });
      const earlier = alreadyAsked(
        (found?.asked ?? []).map((entry) => ({ ...entry, result: undefined })),
        asked,
      );
      return earlier && found?.asked?.find(({ id }) => id === earlier.id)?.count;
    },
    async noteReplay(tenantId, endpointId, asked, count) {
      const entry = { ...asked, at: new Date(), count };
      await queues().updateOne(
        { _id: keyOf(tenantId, endpointId) },
        { $push: { asked: { $each: [entry], $slice: -ASKED_KEPT } } },
      );
    },
    async get(tenantId, endpointId, id) {
      const doc = await deliveries().findOne({ _id: { $eq: `${keyOf(tenantId, endpointId)}/${id}` } });
      return doc ? fromDoc(doc as DeliveryDoc) : undefined;
    },
    async has(tenantId, endpointId, ids) {
      const endpoint = keyOf(tenantId, endpointId);
      const found = await deliveries()
        .find({ _id: { $in: ids.map((id) => `${endpoint}/${id}`) } })
        .project<{ deliveryId: string }>({ _id: 0, deliveryId: 1 })
        .toArray();
      return found.map((doc) => doc.deliveryId);
    },
    async list({ tenantId, endpointId, states, eventType, from, to }, place, limit) {
      const since = from === undefined ? {} : { $gte: new Date(from) };
      const until = to === undefined ? {} : { $lt: new Date(to) };
      const found = await deliveries()
        .find({
          endpoint: { $eq: keyOf(tenantId, endpointId) },
          ...(states.length > 0 ? { state: { $in: states } } : {}),
          ...(eventType ? { eventType: { $eq: eventType } } : {}),
          ...(from === undefined && to === undefined ? {} : { recordedAt: { ...since, ...until } }),
          ...(place
            ? {
                $or: [
                  { recordedAt: { $lt: new Date(place.at) } },
                  { recordedAt: new Date(place.at), _id: { $lt: `${keyOf(tenantId, endpointId)}/${place.id}` } },
                ],
              }
            : {}),
        })
        .project({ body: 0, attempts: 0 })
        .sort({ recordedAt: -1, _id: -1 })
        .limit(limit)
        .toArray();
      return found.map((doc) => fromDoc({ ...doc, body: '', attempts: [] } as unknown as DeliveryDoc));
    },
  };
};

/** What the queries above rely on. */
export const webhookIndexes: IndexSpec[] = [
  { collection: 'webhook_endpoints', name: 'listed', keys: { tenantId: 1, _id: 1 } },
  { collection: 'webhook_endpoints', name: 'unpublished', keys: { unpublishedSince: 1 }, sparse: true },
  {
    collection: 'webhook_deliveries',
    name: 'waiting',
    keys: { endpoint: 1, recordedAt: 1, lane: 1 },
    partialFilterExpression: { state: 'pending' },
  },
  {
    collection: 'webhook_deliveries',
    name: 'lane',
    keys: { endpoint: 1, lane: 1, offset: 1 },
    partialFilterExpression: { state: 'pending' },
  },
  { collection: 'webhook_deliveries', name: 'listed', keys: { endpoint: 1, recordedAt: -1, _id: -1 } },
  { collection: 'webhook_deliveries', name: 'expired', keys: { expireAt: 1 }, expireAfterSeconds: 0 },
  { collection: 'webhook_queues', name: 'due', keys: { shard: 1, wakeAt: 1 } },
];
