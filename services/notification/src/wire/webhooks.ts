import { notificationV1 as v1 } from '@throughline/proto';
import type { Endpoint } from '../domain/webhooks/endpoint';
import { activeSecrets } from '../domain/webhooks/endpoint';
import type { Attempt } from '../domain/webhooks/schedule';
import type { Delivery } from '../use-cases/webhooks/ports';

const time = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

/** An endpoint as the API shows it; never with the value of a secret. */
export const wireEndpoint = (endpoint: Endpoint, now: number, disableMs: number): v1.WebhookEndpoint => ({
  id: endpoint.id,
  url: endpoint.url,
  description: endpoint.description,
  eventTypes: endpoint.eventTypes,
  state: endpoint.state === 'enabled' ? v1.WebhookEndpointState.ENABLED : v1.WebhookEndpointState.DISABLED,
  disabledReason: endpoint.disabledReason,
  version: BigInt(endpoint.revision),
  failingSince: time(endpoint.failingSince),
  disableAt:
    endpoint.state === 'enabled' && endpoint.failingSince !== undefined
      ? new Date(endpoint.failingSince + disableMs)
      : undefined,
  secrets: activeSecrets(endpoint, now).map(({ id, createdAt, expiresAt }) => ({
    id,
    createdAt: new Date(createdAt),
    expiresAt: time(expiresAt),
  })),
  createdAt: new Date(endpoint.createdAt),
  updatedAt: new Date(endpoint.updatedAt),
});

export const wireAttempt = ({ at, status, reason, tookMs }: Attempt): v1.WebhookAttempt => ({
  at: new Date(at),
  statusCode: status,
  reason,
  durationMs: Math.round(tookMs),
});

const states = {
  pending: v1.WebhookDeliveryState.PENDING,
  delivered: v1.WebhookDeliveryState.DELIVERED,
  failed: v1.WebhookDeliveryState.FAILED,
};

/** States of the contract as the domain says them. */
export const stateOf = (state: v1.WebhookDeliveryState): Delivery['state'] =>
  (Object.keys(states) as Delivery['state'][]).find((name) => states[name] === state) ?? 'pending';

export const wireDelivery = (delivery: Delivery): v1.WebhookDelivery => ({
  id: delivery.id,
  webhookEndpointId: delivery.endpointId,
  eventType: delivery.eventType,
  eventId: delivery.eventId,
  entity: delivery.entity,
  state: states[delivery.state],
  attemptCount: delivery.attemptCount,
  nextAttemptAt: delivery.state === 'pending' ? new Date(delivery.nextAt) : undefined,
  recordedAt: new Date(delivery.recordedAt),
  deliveredAt: time(delivery.deliveredAt),
  attempts: delivery.attempts.map(wireAttempt),
  body: delivery.body,
});
