import { generateKeyPairSync } from 'node:crypto';
import type { IncomingEvent } from '@throughline/bus';
import { createBus, encodeEvent } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { channelV1, commonV1, conversationV1, feedbackV1, journeyV1, notificationV1, slaV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import type { ServiceOverrides } from '@throughline/service';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import { buildApp } from '../../src/app';
import { loadConfig } from '../../src/config';

const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const privateKey = keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');

export type Client = ClientOf<typeof feedbackV1.FeedbackServiceService>;

const inTopics = [
  'channel.inbound.v1',
  'conversation.conversations.v1',
  'sla.promises.v1',
  'journey.customers.v1',
  'notification.deliveries.v1',
];
const outTopics = ['feedback.surveys.v1', 'feedback.cases.v1', 'notification.requests.v1', 'channel.outbound.v1'];
export const agent = { kind: commonV1.ActorKind.AGENT, id: 'agent-7', displayName: 'Sam' };
const customer = { kind: commonV1.ActorKind.CUSTOMER, id: 'email:ada@example.org', displayName: 'Ada' };
const email = (value: string) => ({ type: commonV1.ContactPointType.EMAIL, value });

interface Told {
  topic: string;
  key: string;
  event: IncomingEvent;
}

/** The whole service on real Kafka and MongoDB, its neighbours on the wire, and a tail of what it publishes. */
export const startService = async (settings: Record<string, string> = {}, overrides: ServiceOverrides[] = [{}]) => {
  const scope = testScope('feedback');
  const config = loadConfig({
    ...scope.env,
    CALLER_PUBLIC_KEY: publicKey,
    LOG_LEVEL: 'error',
    FEEDBACK_LINK_KEYS: JSON.stringify([{ kid: 1, secret: 'x'.repeat(40) }]),
    FEEDBACK_LOOK_MS: '100',
    FEEDBACK_LOOK_AGAIN_MS: '200',
    ...settings,
  });
  const telemetry = noTelemetry();
  const bus = createBus({
    brokers: scope.kafkaBrokers,
    clientId: 'feedback-test',
    topicPrefix: scope.topicPrefix,
    telemetry,
  });
  await bus.start();
  await bus.admin.ensureTopics(
    [...inTopics, ...outTopics, 'feedback.dlq.v1'].map((name) => ({ name, partitions: 3, replicas: 1 })),
  );
  const seen: Told[] = [];
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
  const sequences = new Map<string, number>();

  const publish = async (
    topic: string,
    type: string,
    about: { tenantId: string; id: string; contactPoint?: string; channel?: string; at?: Date },
    data: Uint8Array,
  ) => {
    const { tenantId, id, contactPoint = 'email:ada@example.org', channel = 'email', at = new Date() } = about;
    const name = `${topic}/${tenantId}/${id}`;
    const seq = (sequences.get(name) ?? 0) + 1;
    sequences.set(name, seq);
    const isConversation = topic === 'conversation.conversations.v1';
    const record = {
      topic,
      key: `${tenantId}/${id}`,
      value: encodeEvent({
        id: `${isConversation ? id : `${tenantId}/${id}`}/${seq}`,
        source: `throughline/${topic.split('.')[0]}`,
        type: `throughline.${topic.split('.')[0]}.v1.${type}`,
        subject: id,
        time: at,
        recordedAt: new Date(),
        tenantId,
        ...(contactPoint ? { contactPoint } : {}),
        ...(isConversation ? { conversationId: id, channel } : {}),
        data,
      }),
    };
    await bus.producer.publish([record]);
    return record;
  };

  const told = (tenantId: string, name = ''): IncomingEvent[] =>
    seen
      .filter(({ event }) => event.tenantId === tenantId && event.type.endsWith(name))
      .filter(({ topic }) => topic.startsWith('feedback.'))
      // Published at least once: the same event again has the same id.
      .filter((one, at, all) => all.findIndex(({ event }) => event.id === one.event.id) === at)
      .map(({ event }) => event);

  /** What the conversation service says in everyday cases. */
  const conversation = (tenantId: string, id: string, contactPoint = 'email:ada@example.org', channel = 'email') => {
    const say = <M>(
      type: string,
      codec: { fromPartial(value: never): M; encode(message: M): { finish(): Uint8Array } },
      fields: object,
      at?: Date,
    ) => {
      const data = codec.encode(codec.fromPartial({ conversationId: id, ...fields } as never)).finish();
      return publish(
        'conversation.conversations.v1',
        type,
        { tenantId, id, contactPoint, channel, ...(at ? { at } : {}) },
        data,
      );
    };
    const { ConversationState } = conversationV1;
    return {
      opened: (extra: object = {}, at?: Date) =>
        say(
          'ConversationOpened',
          conversationV1.ConversationOpened,
          { channel, subject: 'Order 7', actor: customer, language: 'en', ...extra },
          at,
        ),
      changed: (changedFields: string[], fields: object) =>
        say('ConversationDetailsChanged', conversationV1.ConversationDetailsChanged, { changedFields, ...fields }),
      wrote: (text: string, fields: object = {}) =>
        say('MessageReceived', conversationV1.MessageReceived, { author: customer, text, channel, ...fields }),
      replied: (fields: object = {}) =>
        say('MessageSent', conversationV1.MessageSent, { author: agent, text: 'Yes', messageId: `${id}-m`, ...fields }),
      solved: (at?: Date) =>
        say(
          'ConversationStateChanged',
          conversationV1.ConversationStateChanged,
          { from: ConversationState.OPEN, to: ConversationState.SOLVED, actor: agent },
          at,
        ),
      reopened: () =>
        say('ConversationStateChanged', conversationV1.ConversationStateChanged, {
          from: ConversationState.SOLVED,
          to: ConversationState.OPEN,
          actor: customer,
        }),
      call: (step: string, fields: object = {}) =>
        say('CallProgressed', conversationV1.CallProgressed, { step, ...fields }),
      linked: (issueId: string) => say('IssueLinked', conversationV1.IssueLinked, { issueId }),
    };
  };

  const promise = (
    tenantId: string,
    id: string,
    name: 'Made' | 'Kept' | 'Broken' | 'Withdrawn',
    contactPoint = 'email:ada@example.org',
    fields: object = {},
  ) => {
    const codec = slaV1[`Promise${name}`] as typeof slaV1.PromiseMade;
    const data = codec
      .encode(codec.fromPartial({ promise: { id, what: 'call back', ...fields }, summary: 'call back' } as never))
      .finish();
    return publish('sla.promises.v1', `Promise${name}`, { tenantId, id, contactPoint }, data);
  };

  /** A channel says that it asked a question by itself, or what was chosen. */
  const channel = (
    tenantId: string,
    name: 'chat' | 'voice',
    contactPoint: string,
    payload: channelV1.InboundEvent['payload'],
    at = new Date(),
  ) => {
    const inbound = { channel: name, adapter: name, threadKey: 't', eventKey: 'k', occurredAt: new Date(), payload };
    const data = channelV1.InboundEvent.encode(channelV1.InboundEvent.fromPartial(inbound as never)).finish();
    const about = { tenantId, id: 't', contactPoint, channel: name, at };
    return publish('channel.inbound.v1', 'InboundEvent', about, data);
  };

  /** Questions that the adapter of a call shall ask. */
  const callQuestions = (tenantId: string) =>
    seen
      .filter(({ topic, event }) => topic === 'channel.outbound.v1' && event.tenantId === tenantId)
      .filter((one, at, all) => all.findIndex(({ event }) => event.id === one.event.id) === at)
      .map(({ event }) => channelV1.CallControlRequested.decode(event.data));

  /** Journey says that addresses are one customer. */
  const linked = (tenantId: string, customerId: string, mails: string[]) => {
    const message = { customerId, link: { survivingCustomerId: customerId }, contactPoints: mails.map(email) };
    const data = journeyV1.CustomersLinked.encode(journeyV1.CustomersLinked.fromPartial(message as never)).finish();
    return publish('journey.customers.v1', 'CustomersLinked', { tenantId, id: customerId, contactPoint: '' }, data);
  };

  /** Messages the service asked notification to send. */
  const sends = (tenantId: string) =>
    seen
      .filter(({ topic, event }) => topic === 'notification.requests.v1' && event.tenantId === tenantId)
      .filter((one, at, all) => all.findIndex(({ event }) => event.id === one.event.id) === at)
      .map(({ key, event }) => {
        const { notification } = notificationV1.NotificationRequested.decode(event.data);
        const { content, ...rest } = notification!;
        return { ...rest, key, ...(content!.value as notificationV1.PlainContent) };
      });

  /** Notification tells what became of a message; of one that this service asked for when `about` names it. */
  const delivery = (
    tenantId: string,
    name: 'Held' | 'Refused' | 'Queued' | 'Digested' | 'Sent' | 'Failed' | 'Bounced',
    about: Partial<notificationV1.DeliveryFacts>,
    fields: object = {},
    contactPoint = 'email:ada@example.org',
  ) => {
    const codec = notificationV1[`Delivery${name}`] as typeof notificationV1.DeliveryRefused;
    const facts = { deliveryId: `ntf_${about.aboutId || 'other'}`, department: 'feedback', kind: 'survey', ...about };
    const data = codec.encode(codec.fromPartial({ delivery: facts, summary: name, ...fields } as never)).finish();
    return publish(
      'notification.deliveries.v1',
      `Delivery${name}`,
      { tenantId, id: facts.deliveryId, contactPoint },
      data,
    );
  };

  const clientOf = <D extends object>(definition: D, tenantId: string, index = 0, subject = 'admin') =>
    createClient(definition, `127.0.0.1:${apps[index]!.ports['grpc']}`, {
      caller: () => sign({ tenantId, subject, kind: 'user', scopes: ['feedback:read', 'feedback:write'] }),
      deadlineMs: 10_000,
    });

  return {
    apps,
    bus,
    config,
    db: mongoClient.db(scope.db),
    seen,
    told,
    names: (tenantId: string) => told(tenantId).map(({ type }) => type.split('.').pop()!),
    sends,
    /** The survey mail to a tenant's customer, and the token of the link in it. */
    async mailed(tenantId: string, index = 0) {
      const send = await eventually('a survey mail', () => sends(tenantId)[index]);
      return { send, token: /\/s\/([\w-]+)/.exec(send.text)![1]! };
    },
    page: (token: string, index = 0) => `http://127.0.0.1:${apps[index]!.ports['http']}/s/${token}`,
    client: (tenantId: string, index = 0): Client =>
      clientOf(feedbackV1.FeedbackServiceService, tenantId, index) as Client,
    quality: (tenantId: string) =>
      clientOf(feedbackV1.QualityServiceService, tenantId) as ClientOf<typeof feedbackV1.QualityServiceService>,
    empowerment: (tenantId: string, subject = 'admin', index = 0) =>
      clientOf(feedbackV1.EmpowermentServiceService, tenantId, index, subject) as ClientOf<
        typeof feedbackV1.EmpowermentServiceService
      >,
    recovery: (tenantId: string, subject = 'admin') =>
      clientOf(feedbackV1.RecoveryServiceService, tenantId, 0, subject) as ClientOf<
        typeof feedbackV1.RecoveryServiceService
      >,
    publish,
    conversation,
    promise,
    delivery,
    channel,
    callQuestions,
    linked,
    async stop() {
      for (const app of apps) await app.stop();
      await bus.stop();
      await mongoClient.db(scope.db).dropDatabase();
      await mongoClient.close();
    },
  };
};

export type Running = Awaited<ReturnType<typeof startService>>;

/** Reason of a refusal; `accepted` when there was none. */
export const refusal = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return 'accepted';
};
