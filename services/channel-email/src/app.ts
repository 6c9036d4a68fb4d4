import type { Bus } from '@throughline/bus';
import { createBus } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import type { Store } from '@throughline/store';
import { connectStore, parkedKeys } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import type { Config } from './config';
import { createFacts } from './facts';
import { acceptSends } from './inbound/events/accept-send.on-message-send-requested';
import { readRequest } from './inbound/events/read-request';
import { createSmtpServer } from './inbound/smtp/smtp-server';
import { createSendRounds } from './inbound/timers/send-rounds';
import { createInbox } from './outbound/inbox';
import { createFileStore } from './outbound/mongo/file-store';
import { prepareSchema } from './outbound/mongo/schema';
import { createSendStore } from './outbound/mongo/send-store';
import { createParserPool } from './outbound/parser/parser-pool';
import { createRelay } from './outbound/relay';
import { createReceiveMail } from './use-cases/receive-mail';
import { createSendMail } from './use-cases/send-mail';

export interface Overrides {
  clock?: Clock;
  telemetry?: Telemetry;
  /** How long a mail waits for Kafka before its sender is told to come again. */
  publishTimeoutMs?: number;
}

const group = 'channel-email';

const smtpSettings = (config: Config) => ({
  host: config.SMTP_HOST,
  port: config.SMTP_PORT,
  name: config.SMTP_NAME,
  mailboxes: config.EMAIL_MAILBOXES,
  maxBytes: config.EMAIL_MAX_BYTES,
  maxBytesInFlight: config.EMAIL_MAX_BYTES_IN_FLIGHT,
  maxConnections: config.EMAIL_MAX_CONNECTIONS,
  maxConnectionsPerClient: config.EMAIL_MAX_CONNECTIONS_PER_CLIENT,
  maxMailsPerMinute: config.EMAIL_MAX_MAILS_PER_MINUTE_PER_CLIENT,
  maxRecipients: config.EMAIL_MAX_RECIPIENTS,
  trustedPeers: config.EMAIL_TRUSTED_RELAYS,
  tls:
    config.TLS_CERT_FILE && config.TLS_KEY_FILE
      ? { certFile: config.TLS_CERT_FILE, keyFile: config.TLS_KEY_FILE }
      : undefined,
});

const connect = (config: Config, telemetry: Telemetry, overrides: Overrides): { bus: Bus; store: Store } => ({
  bus: createBus({
    brokers: config.KAFKA_BROKERS,
    clientId: group,
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    telemetry,
    deliveryTimeoutMs: overrides.publishTimeoutMs ?? 15_000,
  }),
  store: connectStore({ url: config.MONGO_URL, db: config.MONGO_DB, telemetry }),
});

/** Wires the service: what comes in over SMTP, what goes out over SMTP, and the rounds between. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const telemetry =
    overrides.telemetry ??
    createTelemetry({
      service: group,
      logLevel: config.LOG_LEVEL,
      sampleRatio: config.TRACE_SAMPLE_RATIO,
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    });
  const mailboxes = config.EMAIL_MAILBOXES;
  const facts = createFacts(telemetry);
  const { bus, store } = connect(config, telemetry, overrides);
  const parser = createParserPool({
    size: config.EMAIL_PARSERS,
    timeoutMs: config.EMAIL_PARSE_TIMEOUT_MS,
    idleMs: 30_000,
    maxQueue: 200,
  });
  const relay = createRelay(config.SMTP_RELAY_URL, { timeoutMs: config.EMAIL_SEND_TIMEOUT_MS });
  const files = createFileStore(store);
  const sends = createSendStore(store);
  const inbox = createInbox(bus, clock.now);
  const receive = createReceiveMail(
    { parser, files, sends, inbox },
    { mailboxes, trustedHost: config.EMAIL_TRUSTED_HOST },
  );
  const sendMail = createSendMail(
    { sends, relay, files, inbox, clock, readRequest, onSettled: facts.sendSettled },
    { mailboxes, leaseMs: config.EMAIL_SEND_TIMEOUT_MS * 5 },
  );
  const smtp = createSmtpServer({ ...smtpSettings(config), receive, facts, now: clock.now });

  const rounds = createSendRounds(sendMail, { lanes: config.EMAIL_SEND_CONNECTIONS, facts });
  const ports: Record<string, number> = {};
  let ready = false;
  const lifecycle = createLifecycle(telemetry.log);
  lifecycle.add('telemetry', { stop: telemetry.stop });
  lifecycle.add(
    'operations',
    operations(config, telemetry, () => [...(ready ? [] : ['starting']), ...bus.notReady()], ports),
  );
  lifecycle.add('store', { start: store.start, stop: store.stop });
  lifecycle.add('schema', { start: () => prepareSchema(store) });
  lifecycle.add('bus', { start: bus.start, stop: bus.stop });
  lifecycle.add('parser', { stop: parser.stop });
  lifecycle.add('rounds', { start: rounds.start, stop: rounds.stop });
  lifecycle.add('requests', {
    start: () =>
      bus.consume({
        group,
        topics: ['channel.outbound.v1'],
        handle: acceptSends({ mailboxes, sends, now: clock.now, onAccepted: rounds.wake }),
        deadLetters: parkedKeys(store, group),
      }),
  });
  lifecycle.add('smtp', {
    start: async () => {
      ports['smtp'] = await smtp.start();
      ready = true;
    },
    stop: smtp.stop,
  });
  return { ports, start: lifecycle.start, stop: lifecycle.stop };
}

const operations = (config: Config, telemetry: Telemetry, ready: () => string[], ports: Record<string, number>) => {
  let stop = async (): Promise<void> => {};
  return {
    start: async () => {
      const server = await startOpsServer({ port: config.OPS_PORT, telemetry, ready });
      ports['ops'] = server.port;
      stop = server.stop;
    },
    stop: () => stop(),
  };
};
