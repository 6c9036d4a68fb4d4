import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Bus, IncomingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { channelV1, conversationV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import { buildApp } from '../../src/app';
import type { Config } from '../../src/config';
import { loadConfig } from '../../src/config';

const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const privateKey = keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');

const brokers = process.env['KAFKA_BROKERS'] ?? '127.0.0.1:19092';
const mongoUrl = process.env['MONGO_URL'] ?? 'mongodb://127.0.0.1:17117/?replicaSet=rs0';

export type Client = ClientOf<typeof conversationV1.ConversationServiceService>;

/** Waits until the function neither throws nor gives undefined. */
export const eventually = async <T>(
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 15_000,
): Promise<T> => {
  const end = Date.now() + timeoutMs;
  let last: unknown = new Error('nothing seen');
  while (Date.now() < end) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw last;
};

/** The whole service on real Kafka and MongoDB, with a tail of what it publishes. */
export const startService = async (settings: Partial<Record<string, string>> = {}, replicas = 1) => {
  const run = `cv${process.pid}${Date.now().toString(36)}`;
  const prefix = `${run}.`;
  const env = {
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    MONGO_URL: mongoUrl,
    MONGO_DB: run,
    GRPC_PORT: '0',
    OPS_PORT: '0',
    CALLER_PUBLIC_KEY: publicKey,
    CONVERSATION_THREAD_SECRET: 'a secret only for tests',
    CONVERSATION_DUE_INTERVAL_MS: '50',
    LOG_LEVEL: 'error',
    ...settings,
  };
  const config: Config = loadConfig(env);
  const telemetry = noTelemetry();
  const bus: Bus = createBus({ brokers: brokers.split(','), clientId: `${run}-test`, topicPrefix: prefix, telemetry });
  const names = [
    'channel.inbound.v1',
    'channel.outbound.v1',
    'conversation.conversations.v1',
    'journey.customers.v1',
    'routing.work.v1',
    'sla.clocks.v1',
    'sla.promises.v1',
    'conversation.dlq.v1',
  ];
  await bus.start();
  await bus.admin.ensureTopics(names.map((name) => ({ name, partitions: 3, replicas: 1 })));
  const seen: Record<string, { key: string; event: IncomingEvent }[]> = {};
  const dead: { reason: string; value: Buffer | null }[] = [];
  for (const name of ['channel.outbound.v1', 'conversation.conversations.v1']) {
    const list: { key: string; event: IncomingEvent }[] = [];
    seen[name] = list;
    bus.consume({
      group: `tail-${name}`,
      topics: [name],
      deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
      handle: async (deliveries) => {
        for (const { key, event } of deliveries) list.push({ key, event });
      },
    });
  }
  const apps: App[] = [];
  for (let i = 0; i < replicas; i += 1) {
    const app = await buildApp(config, { telemetry });
    await app.start();
    apps.push(app);
  }
  const sign = createCallerSigner(privateKey);
  const clientFor = (tenantId: string, port = apps[0]?.ports['grpc']): Client =>
    createClient(conversationV1.ConversationServiceService, `127.0.0.1:${port}`, {
      caller: () =>
        sign({ tenantId, subject: 'agent-1', kind: 'user', scopes: ['conversation:read', 'conversation:write'] }),
      deadlineMs: 10_000,
    }) as Client;
  const mongoClient = await new mongo.MongoClient(mongoUrl).connect();
  return {
    apps,
    bus,
    config,
    clientFor,
    db: mongoClient.db(run),
    conversationEvents: (tenant?: string) =>
      (seen['conversation.conversations.v1'] ?? []).filter(({ event }) => !tenant || event.tenantId === tenant),
    sends: (tenant?: string) =>
      (seen['channel.outbound.v1'] ?? [])
        .filter(({ event }) => !tenant || event.tenantId === tenant)
        .map(({ event }) => channelV1.MessageSendRequested.decode(event.data)),
    dead,
    async deadLetters(): Promise<{ reason: string; value: Buffer | null }[]> {
      const letters: { reason: string; value: Buffer | null }[] = [];
      await bus.readTopic('conversation.dlq.v1', (message) => {
        const header = message.headers['dlq-reason'];
        letters.push({ reason: String(header ?? ''), value: message.value });
      });
      return letters;
    },
    async publish(tenantId: string, ...events: channelV1.InboundEvent[]): Promise<void> {
      await bus.producer.publish(
        events.map((event) => ({
          topic: 'channel.inbound.v1',
          key: `${tenantId}/${event.channel}/${event.threadKey}`,
          value: encodeEvent({
            id: randomUUID(),
            source: 'test',
            type: 'throughline.channel.v1.InboundEvent',
            subject: event.threadKey,
            time: event.occurredAt ?? new Date(),
            recordedAt: new Date(),
            tenantId,
            data: channelV1.InboundEvent.encode(event).finish(),
          }),
        })),
      );
    },
    async publishCustomerEvent(tenantId: string, type: string, customerId: string, data: Uint8Array): Promise<void> {
      const value = encodeEvent({
        id: randomUUID(),
        source: 'test',
        type: `throughline.journey.v1.${type}`,
        subject: customerId,
        time: new Date(),
        recordedAt: new Date(),
        tenantId,
        data,
      });
      await bus.producer.publish([{ topic: 'journey.customers.v1', key: `${tenantId}/${customerId}`, value }]);
    },
    /** An event of routing about the work of a conversation; `sequence` counts within the work. */
    async publishWorkEvent(
      about: { tenantId: string; conversationId: string; workItemId: string; sequence: number; at?: Date },
      type: string,
      data: Uint8Array,
    ): Promise<void> {
      const { tenantId, conversationId, workItemId, sequence, at = new Date() } = about;
      const value = encodeEvent({
        id: `${tenantId}/work/${workItemId}/${sequence}`,
        source: 'test',
        type: `throughline.routing.v1.${type}`,
        subject: workItemId,
        time: at,
        recordedAt: at,
        tenantId,
        conversationId,
        data,
      });
      await bus.producer.publish([{ topic: 'routing.work.v1', key: `${tenantId}/${workItemId}`, value }]);
    },
    /** A fact of SLA about a conversation; `sequence` counts among those of `of`: the conversation's clocks, or a promise. */
    async publishSlaEvent(
      about: { tenantId: string; conversationId: string; of: string; sequence: number },
      type: string,
      data: Uint8Array,
    ): Promise<void> {
      const { tenantId, conversationId, of, sequence } = about;
      const value = encodeEvent({
        id: `${tenantId}/${of}/${sequence}`,
        source: 'test',
        type: `throughline.sla.v1.${type}`,
        subject: of,
        time: new Date(),
        recordedAt: new Date(),
        tenantId,
        conversationId,
        data,
      });
      const topic = type.startsWith('Promise') ? 'sla.promises.v1' : 'sla.clocks.v1';
      await bus.producer.publish([{ topic, key: `${tenantId}/${of}`, value }]);
    },
    async stop() {
      for (const app of apps) await app.stop();
      await bus.stop();
      await mongoClient.db(run).dropDatabase();
      await mongoClient.close();
    },
  };
};

export type Running = Awaited<ReturnType<typeof startService>>;
