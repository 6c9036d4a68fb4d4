import type { CrashPoint } from '@throughline/bus';
import { createBus } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import type { RpcServer } from '@throughline/rpc';
import { startRpcServer } from '@throughline/rpc';
import { connectStore } from '@throughline/store';
import type { OpsServer, Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import type { WebServer } from '@throughline/web';
import { listen } from '@throughline/web';
import type { Parts } from './compose';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { prepareSchema } from './outbound/schema';

export interface Overrides {
  clock?: Clock;
  telemetry?: Telemetry;
  crashPoint?: CrashPoint;
}

const group = 'notification';

const telemetryOf = (config: Config): Telemetry =>
  createTelemetry({
    service: group,
    logLevel: config.LOG_LEVEL,
    sampleRatio: config.TRACE_SAMPLE_RATIO,
    otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  });

/** Wires the service: one door to the customer, its rules, and the calls about both. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { clock, crashPoint, telemetry = telemetryOf(config) } = overrides;
  const facts = createFacts(telemetry);
  const bus = createBus({
    brokers: config.KAFKA_BROKERS,
    clientId: group,
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    telemetry,
    crashPoint,
  });
  const store = connectStore({ url: config.MONGO_URL, db: config.MONGO_DB, telemetry });
  const ports: Record<string, number> = {};
  const lifecycle = createLifecycle(telemetry.log);
  let parts: Parts | undefined;
  let ops: OpsServer | undefined;
  let rpc: RpcServer | undefined;
  let door: WebServer | undefined;
  const ready = () => [...(parts && rpc ? [] : ['starting']), ...bus.notReady()];

  lifecycle.add('telemetry', { stop: telemetry.stop });
  lifecycle.add('operations', {
    start: async () => {
      ops = await startOpsServer({ port: config.OPS_PORT, telemetry, ready });
      ports['ops'] = ops.port;
    },
    stop: () => ops?.stop(),
  });
  lifecycle.add('store', { start: store.start, stop: store.stop });
  lifecycle.add('schema', { start: () => prepareSchema(store) });
  lifecycle.add('bus', { start: bus.start, stop: bus.stop });
  lifecycle.add('parts', {
    start: async () => {
      parts = compose({ config, store, bus, telemetry, facts, clock, crashPoint });
      for (const { sweeper } of parts.aggregates) sweeper.start();
      for (const one of parts.running) await one.start();
    },
    stop: async () => {
      for (const one of [...(parts?.running ?? [])].reverse()) await one.stop();
      for (const { sweeper, stop } of parts?.aggregates ?? []) {
        await sweeper.stop();
        await stop();
      }
      parts?.stop();
    },
  });
  lifecycle.add('door', {
    start: async () => {
      door = await listen(parts!.door, { port: config.HTTP_PORT });
      ports['http'] = door.port;
    },
    stop: () => door?.stop(),
  });
  lifecycle.add('calls', {
    start: async () => {
      rpc = await startRpcServer({
        port: config.GRPC_PORT,
        telemetry,
        callerPublicKey: config.CALLER_PUBLIC_KEY,
        services: parts!.services,
      });
      ports['grpc'] = rpc.port;
    },
    stop: () => rpc?.stop(),
  });
  return { ports, start: lifecycle.start, stop: lifecycle.stop };
}
