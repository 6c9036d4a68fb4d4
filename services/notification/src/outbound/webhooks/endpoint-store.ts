import type { Aggregates, Decision } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Endpoint, EndpointEvent } from '../../domain/webhooks/endpoint';
import { decide, evolve } from '../../domain/webhooks/endpoint';
import type { EndpointStore } from '../../use-cases/webhooks/ports';
import { withoutUndefined } from '../without-undefined';
import { endpointEvent } from './endpoint-events';

export const endpointToDoc = ({ id, ...rest }: Endpoint): mongo.Document =>
  withoutUndefined({ ...rest, endpointId: id });

export const endpointFromDoc = (doc: mongo.Document): Endpoint => {
  const { _id, tenantId, version, seq, asked, outbox, outboxBy, unpublishedSince, endpointId, ...state } = doc;
  return { ...state, id: endpointId } as Endpoint;
};

const after = (before: Endpoint | undefined, events: EndpointEvent[]): Decision<Endpoint> | undefined => {
  let state = before;
  const told = events.flatMap((event) => {
    state = evolve(state, event);
    return endpointEvent(state, event);
  });
  return state && { state, events: told };
};

/** Endpoints on MongoDB: one document each, its facts in the same write. */
export const createEndpointStore = (aggregates: Aggregates<Endpoint>): EndpointStore => {
  const there = { state: { $ne: 'deleted' } };
  return {
    async load(tenantId, id) {
      const found = await aggregates.load(`${tenantId}/${id}`);
      return found?.state.state === 'deleted' ? undefined : found?.state;
    },
    async change(tenantId, id, command, asked) {
      const { state } = await aggregates.change(
        id,
        (current) => {
          const events = decide(current?.state, command);
          // A request that changed nothing is remembered all the same.
          return events.length > 0 || asked ? after(current?.state, events) : undefined;
        },
        { tenantId, request: asked },
      );
      return state!;
    },
    async ofTenants(tenantIds) {
      const found = await aggregates.collection.find({ tenantId: { $in: tenantIds }, ...there } as never).toArray();
      return found.map((doc) => ({ tenantId: doc['tenantId'] as string, endpoint: endpointFromDoc(doc) }));
    },
    async list(tenantId, place, limit) {
      const filter = { tenantId: { $eq: tenantId }, ...there, _id: { $gt: `${tenantId}/${place}` } };
      const found = await aggregates.collection
        .find(filter as never)
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.map(endpointFromDoc);
    },
    count: (tenantId) => aggregates.collection.countDocuments({ tenantId: { $eq: tenantId }, ...there } as never),
  };
};
