import { createHmac } from 'node:crypto';
import { notificationV1 as v1 } from '@throughline/proto';
import type { Aggregates, NewEvent } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Suppression, SuppressionStore } from '../use-cases/ports';
import { wireReason } from '../wire/suppressions';

export const suppressionToDoc = (suppression: Suppression): mongo.Document => ({
  ...suppression,
  createdAt: new Date(suppression.createdAt),
});

export const suppressionFromDoc = (doc: mongo.Document): Suppression => ({
  id: doc['id'],
  reason: doc['reason'],
  note: doc['note'],
  source: doc['source'],
  createdAt: (doc['createdAt'] as Date).getTime(),
  active: doc['active'],
});

// The graver reason stays: an address that is dead is not revived by an opt-out.
const gravity: Record<Suppression['reason'], number> = {
  opt_out: 1,
  hard_bounce: 2,
  complaint: 3,
  legal: 4,
  deceased: 5,
};

const event = (
  name: string,
  id: string,
  point: string,
  customerId: string,
  tenantId: string,
  at: number,
  data: Uint8Array,
): NewEvent => ({
  type: `throughline.notification.v1.${name}`,
  subject: id,
  key: `${tenantId}/${customerId}`,
  time: new Date(at),
  recordedAt: new Date(at),
  contactPoint: point,
  data,
});

/** The suppression list on MongoDB. Addresses are kept as keyed hashes only: whoever reads the list learns nobody's address. */
export const createSuppressionStore = (
  aggregates: Aggregates<Suppression>,
  key: string,
  now: () => number,
): SuppressionStore => {
  const hashOf = (tenantId: string, point: string): string =>
    createHmac('sha256', key).update(`${tenantId}\n${point}`).digest('hex').slice(0, 40);
  return {
    async of(tenantId, points) {
      const wanted = new Map(points.map((point) => [`${tenantId}/${hashOf(tenantId, point)}`, point]));
      const found = await aggregates.loadMany([...wanted.keys()]);
      return new Map(found.filter(({ state }) => state.active).map(({ id, state }) => [wanted.get(id)!, state]));
    },
    async add(tenantId, { point, customerId, reason, note, source }, asked) {
      const id = hashOf(tenantId, point);
      const at = now();
      const { state } = await aggregates.change(
        id,
        (current) => {
          const known = current?.state;
          if (known?.active && gravity[known.reason] >= gravity[reason]) return undefined;
          const suppression = { id, reason, note, source, createdAt: at, active: true };
          const summary = reason.replace('_', ' ');
          const told = { suppressionId: id, reason: wireReason(reason), summary, source };
          const data = v1.AddressSuppressed.encode(told).finish();
          return {
            state: suppression,
            events: [event('AddressSuppressed', id, point, customerId, tenantId, at, data)],
          };
        },
        { tenantId, request: asked },
      );
      return state!;
    },
    async remove(tenantId, { point, customerId, reason }, asked) {
      const id = hashOf(tenantId, point);
      const at = now();
      let removed = false;
      const { repeated } = await aggregates.change(
        id,
        (current) => {
          removed = current?.state.active ?? false;
          if (!current || !removed) return undefined;
          const told = { suppressionId: id, summary: reason, reason };
          const data = v1.AddressReleased.encode(told).finish();
          return {
            state: { ...current.state, active: false },
            events: [event('AddressReleased', id, point, customerId, tenantId, at, data)],
          };
        },
        { tenantId, request: asked },
      );
      return repeated || removed;
    },
    async list(tenantId, place, limit) {
      const docs = await aggregates.collection
        .find({
          tenantId: { $eq: tenantId },
          active: true,
          ...(place
            ? {
                $or: [
                  { createdAt: { $lt: new Date(place.at) } },
                  { createdAt: new Date(place.at), _id: { $lt: `${tenantId}/${place.id}` } },
                ],
              }
            : {}),
        } as never)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      return { suppressions: docs.slice(0, limit).map(suppressionFromDoc), more: docs.length > limit };
    },
  };
};
