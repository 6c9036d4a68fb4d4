import { generateKeyPairSync } from 'node:crypto';
import type { IncomingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { commonV1, conversationV1, slaV1 } from '@throughline/proto';
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

export type Client = ClientOf<typeof slaV1.SlaServiceService>;

const conversationTopic = 'conversation.conversations.v1';
const casesTopic = 'feedback.cases.v1';
const outTopics = ['sla.clocks.v1', 'sla.promises.v1'];
const agent = { kind: commonV1.ActorKind.AGENT, id: 'agent-7', displayName: 'Sam' };
const customer = { kind: commonV1.ActorKind.CUSTOMER, id: 'email:ada@example.org', displayName: 'Ada' };

/** The whole service on real Kafka and MongoDB, a conversation service on the wire, and a tail of what it publishes. */
export const startService = async (settings: Record<string, string> = {}, overrides: ServiceOverrides[] = [{}]) => {
  const scope = testScope('sla');
  const config = loadConfig({
    ...scope.env,
    CALLER_PUBLIC_KEY: publicKey,
    LOG_LEVEL: 'error',
    SLA_LOOK_AHEAD_MS: '300',
    SLA_LEASE_MS: '2000',
    ...settings,
  });
  const telemetry = noTelemetry();
  const bus = createBus({
    brokers: scope.kafkaBrokers,
    clientId: 'sla-test',
    topicPrefix: scope.topicPrefix,
    telemetry,
  });
  await bus.start();
  await bus.admin.ensureTopics(
    [conversationTopic, casesTopic, ...outTopics, 'sla.dlq.v1'].map((name) => ({ name, partitions: 3, replicas: 1 })),
  );
  const seen: { key: string; topic: string; event: IncomingEvent }[] = [];
  bus.consume({
    group: 'tail',
    topics: outTopics,
    deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
    handle: async (deliveries) => {
      // Delivery is at least once: like any reader, the tail goes by the id.
      for (const delivery of deliveries) {
        const known = seen.some(({ topic, event }) => topic === delivery.topic && event.id === delivery.event.id);
        if (!known) seen.push(delivery);
      }
    },
  });
  const start = async (with_: ServiceOverrides): Promise<App> => {
    const app = await buildApp(config, { telemetry, ...with_ });
    await app.start();
    return app;
  };
  const apps: App[] = [];
  for (const one of overrides) apps.push(await start(one));
  const sign = createCallerSigner(privateKey);
  const mongoClient = await new mongo.MongoClient(scope.mongoUrl).connect();
  const sequences = new Map<string, number>();

  const publish = async (tenantId: string, conversationId: string, type: string, data: Uint8Array, at = new Date()) => {
    const name = `${tenantId}/${conversationId}`;
    const seq = (sequences.get(name) ?? 0) + 1;
    sequences.set(name, seq);
    const record = {
      topic: conversationTopic,
      key: name,
      value: encodeEvent({
        id: `${conversationId}/${seq}`,
        source: 'throughline/conversation',
        type: `throughline.conversation.v1.${type}`,
        subject: conversationId,
        time: at,
        recordedAt: new Date(),
        tenantId,
        contactPoint: 'email:ada@example.org',
        conversationId,
        channel: 'email',
        data,
      }),
    };
    await bus.producer.publish([record]);
    return record;
  };

  return {
    apps,
    bus,
    start: (with_: ServiceOverrides = {}) => start(with_),
    db: mongoClient.db(scope.db),
    seen,
    told: (tenantId: string, aboutId = '') =>
      seen
        .filter(({ event }) => event.tenantId === tenantId && (!aboutId || event.subject.startsWith(aboutId)))
        .map(({ event }) => event),
    names: (tenantId: string, about = '') =>
      seen
        .filter(({ event }) => event.tenantId === tenantId && event.subject.includes(about))
        .map(({ event }) => event.type.split('.').pop()!),
    client: (tenantId: string, index = 0): Client =>
      createClient(slaV1.SlaServiceService, `127.0.0.1:${apps[index]!.ports['grpc']}`, {
        caller: () => sign({ tenantId, subject: 'admin', kind: 'user', scopes: ['sla:read', 'sla:write'] }),
        deadlineMs: 10_000,
      }) as Client,
    publish,
    /** What the conversation service says in everyday cases. */
    conversation: (tenantId: string, id: string) => ({
      opened: (extra: Partial<conversationV1.ConversationOpened> = {}, at?: Date) =>
        publish(
          tenantId,
          id,
          'ConversationOpened',
          conversationV1.ConversationOpened.encode(
            conversationV1.ConversationOpened.fromPartial({
              conversationId: id,
              channel: 'email',
              subject: 'Order 7',
              actor: customer,
              priority: conversationV1.Priority.NORMAL,
              ...extra,
            } as never),
          ).finish(),
          at,
        ),
      received: (at?: Date) =>
        publish(
          tenantId,
          id,
          'MessageReceived',
          conversationV1.MessageReceived.encode(
            conversationV1.MessageReceived.fromPartial({
              conversationId: id,
              author: customer,
              text: 'Hello',
            } as never),
          ).finish(),
          at,
        ),
      replied: (automatic = false, at?: Date) =>
        publish(
          tenantId,
          id,
          'MessageSent',
          conversationV1.MessageSent.encode(
            conversationV1.MessageSent.fromPartial({
              conversationId: id,
              author: agent,
              text: 'Yes',
              automatic,
            } as never),
          ).finish(),
          at,
        ),
      said: (messageId: string, text: string) =>
        publish(
          tenantId,
          id,
          'MessageSent',
          conversationV1.MessageSent.encode(
            conversationV1.MessageSent.fromPartial({ conversationId: id, messageId, author: agent, text } as never),
          ).finish(),
        ),
      state: (to: conversationV1.ConversationState, at?: Date) =>
        publish(
          tenantId,
          id,
          'ConversationStateChanged',
          conversationV1.ConversationStateChanged.encode(
            conversationV1.ConversationStateChanged.fromPartial({ conversationId: id, to, actor: agent } as never),
          ).finish(),
          at,
        ),
      merged: (into: string) =>
        publish(
          tenantId,
          id,
          'ConversationMerged',
          conversationV1.ConversationMerged.encode(
            conversationV1.ConversationMerged.fromPartial({ conversationId: id, intoConversationId: into } as never),
          ).finish(),
        ),
    }),
    async stop() {
      for (const app of apps) await app.stop();
      await bus.stop();
      await mongoClient.db(scope.db).dropDatabase();
      await mongoClient.close();
    },
  };
};

export type Running = Awaited<ReturnType<typeof startService>>;
