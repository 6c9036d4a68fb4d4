import { hash16 } from '@throughline/core';
import { wants } from '../../domain/webhooks/filter';
import type { DeliveryQueue, EndpointKey, EndpointStore, NewDelivery } from './ports';

/** A fact as it came from a topic. */
export interface Fact {
  tenantId: string;
  topic: string;
  key: string;
  offset: number;
  eventId: string;
  eventType: string;
  /** The JSON that receivers get, made only when somebody wants it; undefined when it cannot be made. */
  body: () => string | undefined;
}

export interface EnqueueDeps {
  endpoints: Pick<EndpointStore, 'ofTenants'>;
  queue: Pick<DeliveryQueue, 'add'>;
  now(): number;
  /** Hears of endpoints that have something new. */
  heard(endpoints: EndpointKey[]): void;
}

/** The id of a delivery follows from event and endpoint, so that the same event any number of times is one delivery. */
export const deliveryId = (endpoint: EndpointKey, topic: string, eventId: string): string =>
  `msg_${hash16(endpoint, topic, eventId).toString('hex')}`;

/**
 * Puts facts into the queues of those who want them. Endpoints are read for each batch: one that was created before a fact
 * was published gets it.
 */
export const enqueue =
  ({ endpoints, queue, now, heard }: EnqueueDeps) =>
  async (facts: Fact[]): Promise<number> => {
    const tenants = [...new Set(facts.map(({ tenantId }) => tenantId))];
    const found = await endpoints.ofTenants(tenants);
    if (found.length === 0) return 0;
    const deliveries = facts.flatMap(({ body, topic, key, ...fact }) => {
      const takers = found.filter(
        ({ tenantId, endpoint }) => tenantId === fact.tenantId && wants(endpoint.eventTypes, fact.eventType),
      );
      const text = takers.length > 0 ? body() : undefined;
      if (text === undefined) return [];
      return takers.map(
        ({ endpoint }): NewDelivery => ({
          id: deliveryId(`${fact.tenantId}/${endpoint.id}`, topic, fact.eventId),
          tenantId: fact.tenantId,
          endpointId: endpoint.id,
          lane: hash16(topic, key).toString('hex'),
          offset: fact.offset,
          entity: key,
          eventId: fact.eventId,
          eventType: fact.eventType,
          body: text,
        }),
      );
    });
    if (deliveries.length === 0) return 0;
    await queue.add(deliveries, now());
    heard([...new Set(deliveries.map(({ tenantId, endpointId }) => `${tenantId}/${endpointId}`))]);
    return deliveries.length;
  };
