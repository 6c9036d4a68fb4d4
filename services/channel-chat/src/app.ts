import { createBus } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import { connectStore, parkedKeys } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import { createWebApp, listen } from '@throughline/web';
import type { Config } from './config';
import { createFacts } from './facts';
import { storeMessages } from './inbound/events/store-message.on-message-send-requested';
import { mountPages } from './inbound/http/pages';
import { createChatSockets } from './inbound/socket/chat-sockets';
import { createInbox } from './outbound/inbox';
import { createMailbox } from './outbound/mailbox';
import { createVisitorTokens } from './outbound/visitor-tokens';

export interface Overrides {
  clock?: Clock;
  telemetry?: Telemetry;
  /** How long a message waits for Kafka before its sender is told to send it again. */
  publishTimeoutMs?: number;
}

const service = 'channel-chat';

/** Wires the service: visitors' sockets on one side, the core's topics on the other. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const now = (overrides.clock ?? systemClock).now;
  const telemetry =
    overrides.telemetry ??
    createTelemetry({
      service,
      logLevel: config.LOG_LEVEL,
      sampleRatio: config.TRACE_SAMPLE_RATIO,
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    });
  const bus = createBus({
    brokers: config.KAFKA_BROKERS,
    clientId: service,
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    telemetry,
    deliveryTimeoutMs: overrides.publishTimeoutMs ?? 10_000,
  });
  const store = connectStore({ url: config.MONGO_URL, db: config.MONGO_DB, telemetry });
  const facts = createFacts(telemetry);
  const tokens = createVisitorTokens(config.CHAT_SECRETS);
  const mailbox = createMailbox(store);
  const inbox = createInbox(bus, now);
  const messagesPerSecond = config.CHAT_MESSAGES_PER_SECOND;
  const sockets = createChatSockets({
    inbox,
    mailbox,
    facts,
    now,
    tokens,
    messagesPerSecond,
    maxSockets: config.CHAT_MAX_SOCKETS,
  });
  const web = createWebApp({
    telemetry,
    routes: (app) => mountPages(app, { tokens, anonymous: config.CHAT_ANONYMOUS, now }),
  });
  const ports: Record<string, number> = {};
  const stops: Record<string, () => Promise<void>> = {};
  let ready = false;
  const lifecycle = createLifecycle(telemetry.log);
  lifecycle.add('telemetry', { stop: telemetry.stop });
  lifecycle.add('operations', {
    async start() {
      const server = await startOpsServer({
        port: config.OPS_PORT,
        telemetry,
        ready: () => [...(ready ? [] : ['starting']), ...bus.notReady()],
      });
      ports['ops'] = server.port;
      stops['ops'] = server.stop;
    },
    stop: () => stops['ops']?.(),
  });
  lifecycle.add('store', { start: store.start, stop: store.stop });
  lifecycle.add('indexes', { start: mailbox.prepare });
  lifecycle.add('bus', { start: bus.start, stop: bus.stop });
  lifecycle.add('feed', {
    async start() {
      stops['feed'] = await mailbox.watch(sockets.deliver);
    },
    stop: () => stops['feed']?.(),
  });
  lifecycle.add('messages', {
    start: () =>
      bus.consume({
        group: service,
        topics: ['channel.outbound.v1'],
        handle: storeMessages(mailbox),
        deadLetters: parkedKeys(store, service),
      }),
  });
  lifecycle.add('http', {
    async start() {
      const server = await listen(web, { port: config.HTTP_PORT });
      sockets.attach(server.server);
      ports['http'] = server.port;
      stops['http'] = server.stop;
      ready = true;
    },
    async stop() {
      sockets.stop();
      await stops['http']?.();
    },
  });
  return { ports, start: lifecycle.start, stop: lifecycle.stop };
}
