import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IncomingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { conversationV1, notificationV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import type { ServiceOverrides } from '@throughline/service';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import { Webhook } from 'standardwebhooks';
import { buildApp } from '../../src/app';
import { loadConfig } from '../../src/config';

const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const privateKey = keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');

export type Client = ClientOf<typeof notificationV1.WebhookServiceService>;

export interface Taken {
  id: string;
  type: string;
  /** Number of the event in its entity. */
  seq: number;
  entity: string;
  at: number;
  headers: IncomingMessage['headers'];
  body: string;
}

const conversationTopic = 'conversation.conversations.v1';
const outTopic = 'notification.deliveries.v1';
const topics = [conversationTopic, outTopic, 'notification-webhooks.dlq.v1', 'notification.dlq.v1'];
// What another module of the service may follow beside them.
const others = [
  'channel.inbound.v1',
  'channel.outbound.v1',
  'journey.customers.v1',
  'notification.requests.v1',
  'sla.clocks.v1',
  'sla.promises.v1',
];

/** A receiver as integrators write them: it checks the signature and tells each message apart by its id. */
export const startReceiver = async () => {
  const taken: Taken[] = [];
  const turnedAway: number[] = [];
  let secret = '';
  let answer: (response: ServerResponse, take: () => void) => void = (response, take) => {
    take();
    response.writeHead(204).end();
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    const { headers } = request;
    try {
      if (secret) new Webhook(secret).verify(body, headers as Record<string, string>);
    } catch {
      turnedAway.push(401);
      response.writeHead(401).end();
      return;
    }
    const { id, type, subject } = JSON.parse(body) as { id: string; type: string; subject: string };
    answer(response, () =>
      taken.push({
        id: String(headers['webhook-id']),
        type,
        seq: Number(id.split('/').at(-1)),
        entity: subject,
        at: Date.now(),
        headers,
        body,
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    hostPort: `127.0.0.1:${port}`,
    taken,
    turnedAway,
    /** Numbers of an entity as they came; a repetition of the same message counts once. */
    seqs: (entity: string) => {
      const seen = new Set<string>();
      const first = taken.filter(({ id, entity: about }) => about === entity && !seen.has(id) && seen.add(id));
      return first.map(({ seq }) => seq);
    },
    expects: (text: string) => {
      secret = text;
    },
    answers: (how: typeof answer) => {
      answer = how;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** The whole service on real Kafka and MongoDB, the conversation service on the wire. */
export const startWebhooks = async (
  receivers: Receiver[],
  settings: Record<string, string> = {},
  overrides: ServiceOverrides[] = [{}],
) => {
  const scope = testScope('webhooks');
  const env = {
    ...scope.env,
    CALLER_PUBLIC_KEY: publicKey,
    LOG_LEVEL: 'error',
    NOTIFICATION_SECRET: 'a-secret-of-the-tests-with-32-characters',
    NOTIFICATION_WEBHOOK_TOPICS: `${conversationTopic},${outTopic}`,
    ...(receivers.length > 0
      ? { NOTIFICATION_WEBHOOK_ALLOW: receivers.map(({ hostPort }) => hostPort).join(',') }
      : {}),
    NOTIFICATION_WEBHOOK_FIRST_RETRY_MS: '100',
    NOTIFICATION_WEBHOOK_LEASE_MS: '1000',
    ...settings,
  };
  const config = loadConfig(env);
  const telemetry = noTelemetry();
  const bus = createBus({
    brokers: scope.kafkaBrokers,
    clientId: 'webhooks-test',
    topicPrefix: scope.topicPrefix,
    telemetry,
  });
  await bus.start();
  await bus.admin.ensureTopics([...topics, ...others].map((name) => ({ name, partitions: 3, replicas: 1 })));
  const told: IncomingEvent[] = [];
  bus.consume({
    group: 'tail',
    topics: [outTopic],
    deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
    handle: async (deliveries) => {
      told.push(...deliveries.map(({ event }) => event));
    },
  });
  const apps: App[] = [];
  const start = async (with_: ServiceOverrides = {}): Promise<App> => {
    const app = await buildApp(config, { telemetry, ...with_ });
    await app.start();
    apps.push(app);
    return app;
  };
  for (const one of overrides) await start(one);
  const sign = createCallerSigner(privateKey);
  const mongoClient = await new mongo.MongoClient(scope.mongoUrl).connect();
  const sequences = new Map<string, number>();
  let last: { topic: string; key: string; value: Buffer }[] = [];
  const client = (tenantId: string, address = `127.0.0.1:${apps.at(-1)?.ports['grpc']}`): Client =>
    createClient(notificationV1.WebhookServiceService, address, {
      caller: () =>
        sign({ tenantId, subject: 'admin', kind: 'user', scopes: ['notification:read', 'notification:write'] }),
      deadlineMs: 10_000,
    }) as Client;

  return {
    env,
    apps,
    bus,
    start,
    told: (type: string) => told.filter((event) => event.type.endsWith(`.${type}`)),
    db: mongoClient.db(scope.db),
    client,
    /** Notes of conversations, numbered in each; gives when they were published. */
    async say(tenantId: string, entities: string[], times = 1): Promise<void> {
      const records = Array.from({ length: times }).flatMap(() =>
        entities.map((entity) => {
          const seq = (sequences.get(`${tenantId}/${entity}`) ?? 0) + 1;
          sequences.set(`${tenantId}/${entity}`, seq);
          return {
            topic: conversationTopic,
            key: `${tenantId}/${entity}`,
            value: encodeEvent({
              id: `${tenantId}/${entity}/${seq}`,
              source: 'throughline/conversation',
              type: 'throughline.conversation.v1.NoteAdded',
              subject: entity,
              time: new Date(),
              recordedAt: new Date(),
              tenantId,
              conversationId: entity,
              data: conversationV1.NoteAdded.encode(conversationV1.NoteAdded.fromPartial({})).finish(),
            }),
          };
        }),
      );
      await bus.producer.publish(records);
      last = records;
    },
    /** The last events once more, byte by byte. */
    again: () => bus.producer.publish(last),
    async endpoint(tenantId: string, receiver: Receiver, eventTypes = ['throughline.conversation.v1.*']) {
      const made = await client(tenantId).createWebhookEndpoint({
        webhookEndpointId: '',
        url: receiver.url,
        description: '',
        eventTypes,
        requestId: '',
      });
      receiver.expects(made.secret);
      return { id: made.webhookEndpoint!.id, secret: made.secret };
    },
    async stop() {
      for (const app of apps) await app.stop();
      await bus.stop();
      await mongoClient.db(scope.db).dropDatabase();
      await mongoClient.close();
    },
  };
};

export type World = Awaited<ReturnType<typeof startWebhooks>>;
export const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
export const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
export { eventually };
