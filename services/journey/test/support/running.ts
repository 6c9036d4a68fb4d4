import { generateKeyPairSync } from 'node:crypto';
import type { IncomingEvent, OutgoingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { journeyV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import { buildApp } from '../../src/app';
import { catalogue, loadConfig } from '../../src/config';

const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const sign = createCallerSigner(keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'));

const brokers = process.env['KAFKA_BROKERS'] ?? '127.0.0.1:19092';
const mongoUrl = process.env['MONGO_URL'] ?? 'mongodb://127.0.0.1:17117/?replicaSet=rs0';

/** Waits until the function neither throws nor gives undefined. */
export const eventually = async <T>(
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 20_000,
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

export type Client = ClientOf<typeof journeyV1.JourneyServiceService>;

export interface Row {
  _id: Buffer;
  e: Buffer;
  o?: string;
}

let runs = 0;

/** The whole service on real Kafka and MongoDB. `newTopic` is one more topic than the catalogue has. */
export const startService = async () => {
  const run = `jr${process.pid}${Date.now().toString(36)}${runs++}`;
  const prefix = `${run}.`;
  const topics = [...catalogue, 'weather.reports.v1'];
  const telemetry = noTelemetry();
  const bus = createBus({ brokers: brokers.split(','), clientId: `${run}-test`, topicPrefix: prefix, telemetry });
  await bus.start();
  await bus.admin.ensureTopics(
    [...topics, 'journey.customers.v1', 'journey.dlq.v1'].map((name) => ({ name, partitions: 3, replicas: 1 })),
  );
  const configFor = (db: string) =>
    loadConfig({
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: prefix,
      MONGO_URL: mongoUrl,
      MONGO_DB: db,
      GRPC_PORT: '0',
      OPS_PORT: '0',
      CALLER_PUBLIC_KEY: publicKey,
      LOG_LEVEL: 'error',
      JOURNEY_TOPICS: topics.join(','),
      JOURNEY_LINKS_KEPT_MS: '0',
    });
  const launch = async (db: string): Promise<App> => {
    const app = await buildApp(configFor(db), { telemetry });
    await app.start();
    return app;
  };
  let app = await launch(run);
  const clients: Client[] = [];
  const clientFor = (tenantId: string): Client => {
    const client = createClient(journeyV1.JourneyServiceService, `127.0.0.1:${app.ports['grpc']}`, {
      caller: () => sign({ tenantId, subject: 'key-1', kind: 'api-key', scopes: ['journey:read', 'journey:write'] }),
      deadlineMs: 10_000,
    }) as Client;
    clients.push(client);
    return client;
  };
  const mongoClient = await new mongo.MongoClient(mongoUrl, { promoteBuffers: true }).connect();
  const databases = new Set([run]);
  const rows = async (db = run): Promise<Row[]> =>
    (await mongoClient.db(db).collection('timeline').find().sort({ _id: 1 }).toArray()) as unknown as Row[];
  return {
    bus,
    clientFor,
    db: mongoClient.db(run),
    rows,
    publish: (events: OutgoingEvent[], topic = 'conversation.conversations.v1') =>
      bus.producer.publish(
        events.map((event) => ({ topic, key: `${event.tenantId}/${event.subject}`, value: encodeEvent(event) })),
      ),
    settled: (count: number, db = run) =>
      eventually(async () => ((await rows(db)).length >= count ? rows(db) : undefined)),
    async customerEvents(): Promise<IncomingEvent[]> {
      const { decodeMessage } = await import('@throughline/bus');
      const events: IncomingEvent[] = [];
      await bus.readTopic('journey.customers.v1', (message) => events.push(decodeMessage(message)));
      return events;
    },
    /** Reads everything again from the first event, into this or another database. */
    async replay(db = run): Promise<void> {
      await app.stop();
      await bus.admin.resetOffsets('journey', topics);
      databases.add(db);
      app = await launch(db);
      await eventually(async () => ((await bus.admin.lag('journey', topics)) === 0 ? true : undefined));
    },
    async stop() {
      for (const client of clients) client.close();
      await app.stop();
      await bus.stop();
      for (const db of databases) await mongoClient.db(db).dropDatabase();
      await mongoClient.close();
    },
  };
};

export type Running = Awaited<ReturnType<typeof startService>>;
