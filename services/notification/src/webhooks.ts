import type { Bus, Consumer, CrashPoint } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId, systemClock } from '@throughline/core';
import { createEgress } from '@throughline/egress';
import { notificationV1 } from '@throughline/proto';
import { createShares } from '@throughline/service';
import type { Store } from '@throughline/store';
import { createAggregates, parkedKeys } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import type { Config } from './config';
import type { Endpoint } from './domain/webhooks/endpoint';
import { enqueueOnAnyEvent } from './inbound/events/enqueue.on-any-event';
import type { WebhookDeps } from './inbound/rpc/webhooks/deps';
import { webhookService } from './inbound/rpc/webhooks/service';
import { createWebhookRounds } from './inbound/timers/webhook-rounds';
import { SHARDS, shardOf } from './outbound/shards';
import { createDeliveryQueue } from './outbound/webhooks/delivery-queue';
import { createEndpointStore, endpointFromDoc, endpointToDoc } from './outbound/webhooks/endpoint-store';
import { createPlaces } from './outbound/webhooks/places';
import { createSecretBox } from './outbound/webhooks/secret-box';
import { createSender } from './outbound/webhooks/sender';
import { createDelivering } from './use-cases/webhooks/deliver';
import { enqueue } from './use-cases/webhooks/enqueue';
import type { EndpointKey } from './use-cases/webhooks/ports';
import { createWebhookFacts } from './webhook-facts';
import { isEventType, webhookBody } from './wire/webhook-body';

export interface WebhookWiring {
  config: Config;
  store: Store;
  bus: Bus;
  telemetry: Telemetry;
  clock?: Clock | undefined;
  crashPoint?: CrashPoint | undefined;
}

const group = 'notification-webhooks';
const LANES_AT_ONCE = 4;
const SENDS_AT_ONCE = 128;
const ROUND_MS = 250;

const testBody: WebhookDeps['testBody'] = (tenantId, { id, url }, at) => {
  const eventType = 'throughline.notification.v1.WebhookEndpointTested';
  const time = new Date(at);
  const endpoint = { webhookEndpointId: id, url, summary: 'a test, asked for by an administrator' };
  const data = notificationV1.WebhookEndpointTested.encode({ endpoint }).finish();
  const event = { id: `${tenantId}/${id}/test`, type: eventType, subject: id, tenantId, time, recordedAt: time, data };
  return { eventType, body: webhookBody(event) };
};

/** Puts the webhooks together: calls, the consumer that queues facts, and the rounds that deliver them. */
export const composeWebhooks = ({ config, store, bus, telemetry, clock, crashPoint }: WebhookWiring) => {
  const { now } = clock ?? systemClock;
  const facts = createWebhookFacts(telemetry);
  const instanceId = newId();
  const aggregates = createAggregates<Endpoint>({
    store,
    producer: bus.producer,
    telemetry,
    crashPoint,
    instanceId,
    source: 'throughline/notification',
    collection: 'webhook_endpoints',
    topic: 'notification.deliveries.v1',
    toDoc: endpointToDoc,
    fromDoc: endpointFromDoc,
  });
  const endpoints = createEndpointStore(aggregates);
  const queue = createDeliveryQueue(store, shardOf);
  const egress = createEgress({ allow: config.NOTIFICATION_WEBHOOK_ALLOW });
  const box = createSecretBox(config.NOTIFICATION_SECRET);
  const sender = createSender(egress, box);
  const shares = createShares({
    store,
    owner: instanceId,
    shards: SHARDS,
    leaseMs: config.NOTIFICATION_WEBHOOK_LEASE_MS,
    collection: 'webhook_leases',
    failed: (error) => facts.roundFailed('renewing leases of webhooks', error),
  });
  const disableMs = config.NOTIFICATION_WEBHOOK_GIVE_UP_MS;
  let stopping = false;

  const delivering = createDelivering({
    endpoints,
    queue,
    sender,
    now,
    chance: Math.random,
    schedule: { firstMs: config.NOTIFICATION_WEBHOOK_FIRST_RETRY_MS, giveUpMs: disableMs },
    patience: { noticeMs: disableMs / 3, disableMs },
    lanesAtOnce: LANES_AT_ONCE,
    place: createPlaces(SENDS_AT_ONCE),
    mine: (endpoint) => !stopping && shares.mine().includes(shardOf(endpoint)),
    delivered: facts.delivered,
    failed: facts.failed,
    crashPoint: crashPoint ?? (() => undefined),
  });
  const rounds = createWebhookRounds({
    queue,
    delivering,
    shards: shares.mine,
    now,
    everyMs: ROUND_MS,
    failed: (error) => facts.roundFailed('delivering webhooks', error),
  });
  const heard = (keys: EndpointKey[]): void => rounds.heard(keys.filter((key) => shares.mine().includes(shardOf(key))));

  const deps: WebhookDeps = {
    endpoints,
    queue,
    sender,
    box,
    checkUrl: (url) => egress.check(url),
    isEventType,
    testBody,
    heard(key) {
      delivering.forget(key);
      heard([key]);
    },
    now,
    newId,
    disableMs,
  };
  let consumer: Consumer | undefined;
  return {
    aggregates: [aggregates],
    services: [webhookService(deps)],
    running: [
      {
        name: 'deliveries of webhooks',
        async start() {
          await shares.start();
          rounds.start();
        },
        async stop() {
          stopping = true;
          await rounds.stop();
          await shares.stop();
        },
      },
      {
        name: 'facts for webhooks',
        start() {
          const handle = enqueueOnAnyEvent(enqueue({ endpoints, queue, now, heard }), facts.queued);
          const topics = config.NOTIFICATION_WEBHOOK_TOPICS;
          consumer = bus.consume({ group, topics, handle, deadLetters: parkedKeys(store, group) });
        },
        stop: () => consumer?.stop(),
      },
    ],
  };
};
