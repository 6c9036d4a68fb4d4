import { generateKeyPairSync } from 'node:crypto';
import type { Bus, IncomingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { channelV1, conversationV1, routingV1, slaV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import { noTelemetry } from '@throughline/telemetry';
import { testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import { buildApp } from '../../src/app';
import { loadConfig } from '../../src/config';

const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const privateKey = keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');

export type Client = ClientOf<typeof routingV1.RoutingServiceService>;

/** The whole service on real Kafka and MongoDB, with a tail of what it publishes. */
export const startRouting = async (name: string, replicas = 1, settings: Record<string, string> = {}) => {
  const scope = testScope(name);
  const config = loadConfig({
    ...scope.env,
    CALLER_PUBLIC_KEY: publicKey,
    LOG_LEVEL: 'error',
    ROUTING_LEASE_MS: '2000',
    ...settings,
  });
  const telemetry = noTelemetry();
  const { kafkaBrokers: brokers, topicPrefix } = scope;
  const bus: Bus = createBus({ brokers, clientId: `${scope.db}-test`, topicPrefix, telemetry });
  await bus.start();
  const topics = [
    'conversation.conversations.v1',
    'sla.clocks.v1',
    'feedback.surveys.v1',
    'feedback.cases.v1',
    'routing.work.v1',
    'routing.agents.v1',
    'routing.dlq.v1',
    'channel.outbound.v1',
  ];
  await bus.admin.ensureTopics(topics.map((topic) => ({ name: topic, partitions: 3, replicas: 1 })));
  const seen: { topic: string; key: string; event: IncomingEvent }[] = [];
  bus.consume({
    group: 'tail',
    topics: ['routing.work.v1', 'routing.agents.v1', 'channel.outbound.v1'],
    deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
    handle: async (deliveries) => {
      for (const { topic, key, event } of deliveries) seen.push({ topic, key, event });
    },
  });
  const apps: App[] = [];
  const startOne = async () => {
    const app = await buildApp(config, { telemetry });
    await app.start();
    apps.push(app);
    return app;
  };
  for (let i = 0; i < replicas; i++) await startOne();
  const sign = createCallerSigner(privateKey);
  const client = (tenantId: string, app: App = apps[0]!): Client =>
    createClient(routingV1.RoutingServiceService, `127.0.0.1:${app.ports['grpc']}`, {
      caller: () => sign({ tenantId, subject: 'test', kind: 'user', scopes: ['*'] }),
      deadlineMs: 10_000,
    }) as Client;
  const mongoClient = await new mongo.MongoClient(scope.mongoUrl).connect();
  let events = 0;
  return {
    apps,
    startOne,
    client,
    config,
    db: mongoClient.db(scope.db),
    bus,
    privateKey,
    publicKey,
    /** Published events of a tenant, in order, as `Type` and message. */
    events: (tenantId: string) =>
      seen
        .filter(({ event, topic }) => event.tenantId === tenantId && topic !== 'channel.outbound.v1')
        .map(({ event, topic }) => {
          const type = event.type.replace('throughline.routing.v1.', '');
          const codec = routingV1[type as 'OfferMade'];
          return {
            type,
            topic,
            id: event.id,
            message: codec.decode(event.data) as unknown as Record<string, unknown>,
            event,
          };
        }),
    /** What adapters are asked to do for a tenant, in order. */
    commands: (tenantId: string) =>
      seen
        .filter(({ event, topic }) => event.tenantId === tenantId && topic === 'channel.outbound.v1')
        .map(({ event, key }) =>
          event.type.endsWith('CallControlRequested')
            ? { key, call: channelV1.CallControlRequested.decode(event.data) }
            : { key, message: channelV1.MessageSendRequested.decode(event.data) },
        ),
    async conversation(
      tenantId: string,
      conversationId: string,
      type: string,
      data: Uint8Array,
      channel = 'chat',
      contactPoint = 'email:ada@example.org',
    ) {
      const value = encodeEvent({
        id: `${conversationId}/${++events}`,
        source: 'test',
        type: `throughline.conversation.v1.${type}`,
        subject: conversationId,
        time: new Date(),
        recordedAt: new Date(),
        tenantId,
        conversationId,
        contactPoint,
        channel,
        data,
      });
      await bus.producer.publish([
        { topic: 'conversation.conversations.v1', key: `${tenantId}/${conversationId}`, value },
      ]);
    },
    /** A step of the escalation of a conversation's clocks; `sequence` counts among the facts of those clocks. */
    async escalated(tenantId: string, conversationId: string, sequence: number, actions: slaV1.EscalationAction[]) {
      const told = slaV1.ClockEscalated.fromPartial({ step: 'second line', actions });
      const value = encodeEvent({
        id: `${tenantId}/${conversationId}/${sequence}`,
        source: 'test',
        type: 'throughline.sla.v1.ClockEscalated',
        subject: `${conversationId}-first_reply-1`,
        time: new Date(),
        recordedAt: new Date(),
        tenantId,
        conversationId,
        data: slaV1.ClockEscalated.encode(told).finish(),
      });
      await bus.producer.publish([{ topic: 'sla.clocks.v1', key: `${tenantId}/${conversationId}`, value }]);
    },
    /** Something that feedback says of a conversation. */
    async feedback(
      tenantId: string,
      conversationId: string,
      type: 'SurveyAnswered' | 'RecoveryCaseOpened',
      data: Uint8Array,
    ) {
      const value = encodeEvent({
        id: `${tenantId}/${conversationId}/${++events}`,
        source: 'test',
        type: `throughline.feedback.v1.${type}`,
        subject: conversationId,
        time: new Date(),
        recordedAt: new Date(),
        tenantId,
        conversationId,
        data,
      });
      const topic = type === 'SurveyAnswered' ? 'feedback.surveys.v1' : 'feedback.cases.v1';
      await bus.producer.publish([{ topic, key: `${tenantId}/${conversationId}`, value }]);
    },
    opened: (over: Partial<conversationV1.ConversationOpened>) =>
      conversationV1.ConversationOpened.encode(conversationV1.ConversationOpened.fromPartial(over)).finish(),
    async stop() {
      for (const app of apps) await app.stop();
      await bus.stop();
      await mongoClient.db(scope.db).dropDatabase();
      await mongoClient.close();
    },
  };
};

export type Running = Awaited<ReturnType<typeof startRouting>>;

/** A queue `support` with a skill, a policy `default` and agents. */
export const setUp = async (
  client: Client,
  agents: Partial<routingV1.Agent>[],
  rules: Partial<routingV1.RoutingRule>[] = [],
) => {
  await client.createQueue({ queue: routingV1.Queue.fromPartial({ id: 'support', name: 'Support' }), requestId: '' });
  await client.createQueue({ queue: routingV1.Queue.fromPartial({ id: 'reserve', name: 'Reserve' }), requestId: '' });
  for (const id of ['french', 'billing']) {
    await client.createSkill({ skill: routingV1.Skill.fromPartial({ id, name: id }), requestId: '' });
  }
  for (const agent of agents) {
    await client.createAgent({
      agent: routingV1.Agent.fromPartial({ queueIds: ['support'], ...agent }),
      requestId: '',
    });
  }
  const all = rules.length > 0 ? rules : [{ name: 'everything', queueId: 'support' }];
  const routingPolicy = routingV1.RoutingPolicy.fromPartial({
    id: 'default',
    rules: all.map((rule) => routingV1.RoutingRule.fromPartial(rule)),
  });
  await client.createRoutingPolicy({ routingPolicy, requestId: '' });
};

export const available = (client: Client, agentId: string) =>
  client.setPresence({ agentId, presence: routingV1.Presence.AVAILABLE, reason: '', requestId: '' });

export const submit = (client: Client, over: Partial<routingV1.SubmitWorkItemRequest>) =>
  client.submitWorkItem(routingV1.SubmitWorkItemRequest.fromPartial({ channel: 'chat', ...over }));
