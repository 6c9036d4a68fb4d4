import { createBus } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import { connectStore, parkedKeys } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import { createWebApp, listen, rawBody } from '@throughline/web';
import type { Config } from './config';
import { createFacts } from './facts';
import { controlCalls } from './inbound/events/control-call.on-call-control-requested';
import { receiveWebhook } from './inbound/http/receive-webhook';
import { createCommandLog } from './outbound/command-log';
import { createInbox } from './outbound/inbox';
import { createProvider } from './outbound/provider';

export interface Overrides {
  clock?: Clock;
  telemetry?: Telemetry;
  /** How long a webhook waits for Kafka before its sender is told to come again. */
  publishTimeoutMs?: number;
}

const service = 'channel-voice';

/** Wires the service: signed webhooks in, call commands out. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
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
    deliveryTimeoutMs: overrides.publishTimeoutMs ?? 8_000,
  });
  const store = connectStore({ url: config.MONGO_URL, db: config.MONGO_DB, telemetry });
  const facts = createFacts(telemetry);
  const accounts = config.VOICE_ACCOUNTS;
  const inbox = createInbox(bus, clock.now);
  const web = createWebApp({
    telemetry,
    routes: (app) =>
      void app.post('/voice/:account/:step', rawBody(), receiveWebhook({ accounts, inbox, facts, now: clock.now })),
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
  lifecycle.add('bus', { start: bus.start, stop: bus.stop });
  lifecycle.add('commands', {
    start: () =>
      bus.consume({
        group: service,
        topics: ['channel.outbound.v1'],
        handle: controlCalls({
          log: createCommandLog(store),
          provider: createProvider(accounts),
          facts,
          now: clock.now,
        }),
        deadLetters: parkedKeys(store, service),
      }),
  });
  lifecycle.add('http', {
    async start() {
      const server = await listen(web, { port: config.HTTP_PORT });
      ports['http'] = server.port;
      stops['http'] = server.stop;
      ready = true;
    },
    stop: () => stops['http']?.(),
  });
  return { ports, start: lifecycle.start, stop: lifecycle.stop };
}
