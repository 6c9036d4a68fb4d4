import { generateKeyPairSync } from 'node:crypto';
import type { IncomingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { channelV1, feedbackV1, notificationV1, slaV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import type { ServiceOverrides } from '@throughline/service';
import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import { buildApp } from '../../src/app';
import { loadConfig } from '../../src/config';

const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const privateKey = keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');

export type Client = ClientOf<typeof notificationV1.NotificationServiceService>;

const outTopics = ['notification.deliveries.v1', 'channel.outbound.v1'];
const inTopics = [
  'channel.inbound.v1',
  'conversation.conversations.v1',
  'feedback.cases.v1',
  'journey.customers.v1',
  'notification.requests.v1',
  'sla.clocks.v1',
  'sla.promises.v1',
];

/** The whole service on real Kafka and MongoDB, its neighbours on the wire, and a tail of what it publishes. */
export const startService = async (settings: Record<string, string> = {}, overrides: ServiceOverrides[] = [{}]) => {
  const scope = testScope('notification');
  const config = loadConfig({
    ...scope.env,
    CALLER_PUBLIC_KEY: publicKey,
    LOG_LEVEL: 'error',
    NOTIFICATION_SECRET: 'a-secret-of-the-tests-with-32-characters',
    NOTIFICATION_WEBHOOK_TOPICS: 'notification.deliveries.v1',
    ...settings,
  });
  const telemetry = noTelemetry();
  const bus = createBus({
    brokers: scope.kafkaBrokers,
    clientId: 'notification-test',
    topicPrefix: scope.topicPrefix,
    telemetry,
  });
  await bus.start();
  await bus.admin.ensureTopics(
    [...outTopics, ...inTopics, 'notification.dlq.v1'].map((name) => ({ name, partitions: 3, replicas: 1 })),
  );
  const seen: { key: string; topic: string; event: IncomingEvent }[] = [];
  bus.consume({
    group: 'tail',
    topics: outTopics,
    deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
    handle: async (deliveries) => {
      seen.push(...deliveries);
    },
  });
  const apps: App[] = [];
  const start = async (one: ServiceOverrides = {}): Promise<App> => {
    const app = await buildApp(config, { telemetry, ...one });
    await app.start();
    apps.push(app);
    return app;
  };
  for (const one of overrides) await start(one);
  const sign = createCallerSigner(privateKey);
  const mongoClient = await new mongo.MongoClient(scope.mongoUrl).connect();
  let events = 0;
  const publish = async (
    topic: string,
    event: {
      tenantId: string;
      type: string;
      subject: string;
      contactPoint: string;
      channel?: string;
      data: Uint8Array;
    },
    id = `test/${++events}`,
  ) => {
    const now = new Date();
    const value = encodeEvent({ ...event, id, source: 'test', time: now, recordedAt: now });
    await bus.producer.publish([{ topic, key: `${event.tenantId}/${event.subject}`, value }]);
  };
  const inbound = (
    tenantId: string,
    channel: string,
    contactPoint: string,
    payload: channelV1.InboundEvent['payload'],
  ) =>
    publish('channel.inbound.v1', {
      tenantId,
      type: 'throughline.channel.v1.InboundEvent',
      subject: 'thread',
      contactPoint,
      channel,
      data: channelV1.InboundEvent.encode(channelV1.InboundEvent.fromPartial({ channel, payload } as never)).finish(),
    });

  return {
    apps,
    bus,
    publish,
    start,
    config,
    db: mongoClient.db(scope.db),
    seen,
    /** What adapters are told to send. An event may be published again, under its own id: readers drop repeats. */
    orders: () => {
      const orders = seen.filter(({ topic }) => topic === 'channel.outbound.v1');
      const once = new Map(orders.map(({ event }) => [event.id, event]));
      return [...once.values()].map(({ data }) => channelV1.MessageSendRequested.decode(data));
    },
    /** Facts about a delivery or a customer, by name, in order. */
    names: (subject: string) => {
      const facts = seen.filter(
        ({ topic, event }) => topic === 'notification.deliveries.v1' && event.subject === subject,
      );
      const once = new Map(facts.map(({ event }) => [event.id, event]));
      return [...once.values()].map(({ type }) => type.split('.').pop()!);
    },
    /** An adapter says what became of a message. */
    report: (tenantId: string, messageId: string, state: channelV1.DeliveryState, code = '') =>
      inbound(tenantId, 'email', '', {
        $case: 'deliveryStatusChanged',
        value: { messageId, conversationId: '', state, code, detail: '', providerId: 'p1' },
      }),
    textMessage: (tenantId: string, number: string, text: string) =>
      inbound(tenantId, 'sms', `phone:${number}`, {
        $case: 'messageReceived',
        value: channelV1.InboundMessageReceived.fromPartial({ text }),
      }),
    /** Feedback says that a customer is at risk, or is not any more. */
    risk: (tenantId: string, address: string, type: 'CustomerRiskRaised' | 'CustomerRiskEnded', fields: object) => {
      const codec = feedbackV1[type] as typeof feedbackV1.CustomerRiskRaised;
      return publish('feedback.cases.v1', {
        tenantId,
        type: `throughline.feedback.v1.${type}`,
        subject: address,
        contactPoint: `email:${address}`,
        data: codec.encode(codec.fromPartial(fields as never)).finish(),
      });
    },
    promise: (tenantId: string, address: string, type: 'PromiseBroken' | 'PromiseNoticeRequested', what: string) => {
      const promise = { id: `promise of ${address}`, what, dueAt: new Date(), timeZone: 'Europe/Berlin' };
      const data = slaV1[type].encode(slaV1[type].fromPartial({ promise } as never)).finish();
      return publish('sla.promises.v1', {
        tenantId,
        type: `throughline.sla.v1.${type}`,
        subject: promise.id,
        contactPoint: `email:${address}`,
        data,
      });
    },
    client: (tenantId: string, index = 0): Client =>
      createClient(notificationV1.NotificationServiceService, `127.0.0.1:${apps[index]!.ports['grpc']}`, {
        caller: () =>
          sign({ tenantId, subject: 'admin', kind: 'user', scopes: ['notification:read', 'notification:write'] }),
        deadlineMs: 20_000,
      }) as Client,
    async stop() {
      for (const app of apps) await app.stop();
      await bus.stop();
      await mongoClient.db(scope.db).dropDatabase();
      await mongoClient.close();
    },
  };
};

export type Running = Awaited<ReturnType<typeof startService>>;
