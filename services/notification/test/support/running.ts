import { generateKeyPairSync } from 'node:crypto';
import type { IncomingEvent } from '@throughline/bus';
import { createBus } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { notificationV1 } from '@throughline/proto';
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

const outTopics = ['notification.deliveries.v1'];

/** The whole service on real Kafka and MongoDB, and a tail of what it publishes. */
export const startService = async (settings: Record<string, string> = {}, overrides: ServiceOverrides[] = [{}]) => {
  const scope = testScope('notification');
  const config = loadConfig({ ...scope.env, CALLER_PUBLIC_KEY: publicKey, LOG_LEVEL: 'error', ...settings });
  const telemetry = noTelemetry();
  const bus = createBus({
    brokers: scope.kafkaBrokers,
    clientId: 'notification-test',
    topicPrefix: scope.topicPrefix,
    telemetry,
  });
  await bus.start();
  await bus.admin.ensureTopics(
    [...outTopics, 'notification.dlq.v1'].map((name) => ({ name, partitions: 3, replicas: 1 })),
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
  for (const one of overrides) {
    const app = await buildApp(config, { telemetry, ...one });
    await app.start();
    apps.push(app);
  }
  const sign = createCallerSigner(privateKey);
  const mongoClient = await new mongo.MongoClient(scope.mongoUrl).connect();
  return {
    apps,
    bus,
    db: mongoClient.db(scope.db),
    seen,
    client: (tenantId: string, index = 0): Client =>
      createClient(notificationV1.NotificationServiceService, `127.0.0.1:${apps[index]!.ports['grpc']}`, {
        caller: () =>
          sign({ tenantId, subject: 'admin', kind: 'user', scopes: ['notification:read', 'notification:write'] }),
        deadlineMs: 10_000,
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
