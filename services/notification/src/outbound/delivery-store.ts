import type { Aggregates, Decision } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Delivery } from '../domain/delivery/delivery';
import type { DeliveryKey, DeliveryStore } from '../use-cases/ports';
import { deliveryEvents, sendOrder } from './delivery-events';
import { shardOf } from './shards';
import { withoutUndefined } from './without-undefined';

/** A delivery as document fields. `sid` exists for providers alone: one message of theirs belongs to one of ours. */
export const deliveryToDoc = (delivery: Delivery): mongo.Document => {
  const { id, dueAt, createdAt, expiresAt, ...rest } = delivery;
  const provider = delivery.channel === 'sms' || delivery.channel === 'voice';
  return withoutUndefined({
    ...rest,
    deliveryId: id,
    // All messages to one address are looked at by one process.
    shard: shardOf(delivery.point),
    createdAt: new Date(createdAt),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    dueAt: dueAt === undefined ? undefined : new Date(dueAt),
    sid: provider && delivery.providerId ? delivery.providerId : undefined,
  });
};

export const deliveryFromDoc = (doc: mongo.Document): Delivery => {
  const { _id, tenantId, version, seq, asked, outbox, outboxBy, unpublishedSince, ...rest } = doc;
  const { shard, sid, deliveryId, createdAt, expiresAt, dueAt, ...delivery } = rest;
  return {
    ...delivery,
    id: deliveryId,
    createdAt: (createdAt as Date).getTime(),
    expiresAt: (expiresAt as Date | undefined)?.getTime(),
    dueAt: (dueAt as Date | undefined)?.getTime(),
  } as Delivery;
};

const idOf = ({ tenantId, id }: DeliveryKey): string => `${tenantId}/${id}`;

export interface StoreOptions {
  aggregates: Aggregates<Delivery>;
  now(): number;
  /** Where the recipient unsubscribes by one POST; empty when the message has no such link. */
  unsubscribeUrl(tenantId: string, delivery: Delivery): string;
  /** The text as it goes out. */
  text(tenantId: string, delivery: Delivery): string;
  html(tenantId: string, delivery: Delivery): string;
  /** True for channels that an adapter serves. */
  byAdapter(channel: Delivery['channel']): boolean;
}

/** Deliveries on MongoDB: one document each; the order to the adapter is in the same write as the state. */
export const createDeliveryStore = (options: StoreOptions): DeliveryStore => {
  const { aggregates, now } = options;
  const wordsOf = (tenantId: string, delivery: Delivery) => ({
    text: options.text(tenantId, delivery),
    html: options.html(tenantId, delivery),
  });
  const decision = (
    tenantId: string,
    before: Delivery,
    after: Delivery | undefined,
  ): Decision<Delivery> | undefined => {
    if (!after || after === before) return undefined;
    const at = now();
    // A step that a full history dropped was told when it was made.
    const fresh = after.history.filter((step) => !before.history.includes(step));
    const events = fresh.flatMap((step) => deliveryEvents(after, step, tenantId, at));
    if (after.state === 'queued' && before.state !== 'queued' && options.byAdapter(after.channel)) {
      events.push(sendOrder(after, wordsOf(tenantId, after), options.unsubscribeUrl(tenantId, after), tenantId, at));
    }
    return { state: after, events };
  };
  return {
    async insert(tenantId, deliveries) {
      if (deliveries.length === 0) return;
      const at = now();
      // What is refused as it comes in is told at once.
      const eventsOf = (state: Delivery) => state.history.flatMap((step) => deliveryEvents(state, step, tenantId, at));
      const changes = deliveries.map((state) => ({
        id: `${tenantId}/${state.id}`,
        tenantId,
        state,
        events: eventsOf(state),
      }));
      await aggregates.writeBatch(changes);
    },
    async load(tenantId, ids) {
      return (await aggregates.loadMany(ids.map((id) => `${tenantId}/${id}`))).map(({ state }) => state);
    },
    async change(tenantId, ids, decide) {
      const written = await aggregates.changeMany(
        ids.map((id) => ({ id, tenantId })),
        (_, current) => current && decision(tenantId, current.state, decide(current.state)),
      );
      return written.map(({ state }) => state);
    },
    async due(shards, until, limit, { states, channels, exceptTenants = [] }) {
      if (shards.length === 0) return [];
      const found = await aggregates.collection
        .find({
          shard: { $in: shards },
          state: { $in: states },
          channel: { $in: channels },
          dueAt: { $lte: new Date(until) },
          ...(exceptTenants.length > 0 ? { tenantId: { $nin: exceptTenants } } : {}),
        } as never)
        .project<{ tenantId: string; deliveryId: string; state: Delivery['state'] }>({
          _id: 0,
          tenantId: 1,
          deliveryId: 1,
          state: 1,
        })
        .sort({ dueAt: 1 })
        .limit(limit)
        .toArray();
      return found.map(({ tenantId, deliveryId, state }) => ({ tenantId, id: deliveryId, state }));
    },
    async list({ tenantId, customerId, states, kind, aboutId }, place, limit) {
      const filter = {
        tenantId: { $eq: tenantId },
        ...(customerId ? { customerId: { $eq: customerId } } : {}),
        ...(states.length > 0 ? { state: { $in: states } } : {}),
        ...(kind ? { kind: { $eq: kind } } : {}),
        ...(aboutId ? { aboutId: { $eq: aboutId } } : {}),
        ...(place
          ? {
              $or: [
                { createdAt: { $lt: new Date(place.at) } },
                { createdAt: new Date(place.at), _id: { $lt: idOf({ tenantId, id: place.id }) } },
              ],
            }
          : {}),
      };
      const docs = await aggregates.collection
        .find(filter as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      return { deliveries: docs.slice(0, limit).map(deliveryFromDoc), more: docs.length > limit };
    },
    async busyPoints(tenantId, points) {
      const docs = await aggregates.collection
        .find({ tenantId: { $eq: tenantId }, point: { $in: points }, state: { $in: ['sending', 'unknown'] } } as never)
        .project<{ point: string }>({ _id: 0, point: 1 })
        .toArray();
      return new Set(docs.map(({ point }) => point));
    },
    async takenSids(sids) {
      const docs = await aggregates.collection
        .find({ sid: { $in: sids } } as never)
        .project<{ sid: string }>({ _id: 0, sid: 1 })
        .toArray();
      return new Set(docs.map(({ sid }) => sid));
    },
  };
};
