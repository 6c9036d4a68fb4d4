import type { CrashPoint } from '@throughline/bus';
import { createBus } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import type { RpcServer } from '@throughline/rpc';
import { startRpcServer } from '@throughline/rpc';
import { connectStore, parkedKeys } from '@throughline/store';
import type { OpsServer, Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import type { Parts } from './compose';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { decodeSpans } from './inbound/events/span-event';
import { journeyService } from './inbound/rpc/service';
import { prepareSchema } from './outbound/schema';

export interface Overrides {
  clock?: Clock;
  telemetry?: Telemetry;
  crashPoint?: CrashPoint;
}

export const group = 'journey';

const telemetryOf = (config: Config): Telemetry =>
  createTelemetry({
    service: group,
    logLevel: config.LOG_LEVEL,
    sampleRatio: config.TRACE_SAMPLE_RATIO,
    otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  });

/** Wires the service: every topic in, one timeline per customer, calls answered. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { clock = systemClock, crashPoint, telemetry = telemetryOf(config) } = overrides;
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
  lifecycle.add('customers', {
    start: () => {
      parts = compose({ config, store, producer: bus.producer, telemetry, facts, clock, crashPoint });
      parts.aggregates.sweeper.start();
    },
    stop: async () => {
      await parts?.aggregates.sweeper.stop();
      await parts?.aggregates.stop();
    },
  });
  lifecycle.add('bus', {
    start: () => {
      bus.consume({
        group,
        topics: config.JOURNEY_TOPICS,
        handle: parts!.recorder.handle,
        decode: decodeSpans,
        deadLetters: parkedKeys(store, group),
      });
      return bus.start();
    },
    stop: bus.stop,
  });
  lifecycle.add('rounds', {
    start: () => {
      for (const round of parts!.rounds) round.start();
    },
    stop: () => Promise.all((parts?.rounds ?? []).map((round) => round.stop())),
  });
  lifecycle.add('calls', {
    start: async () => {
      const services = [journeyService(parts!.deps)];
      rpc = await startRpcServer({
        port: config.GRPC_PORT,
        telemetry,
        callerPublicKey: config.CALLER_PUBLIC_KEY,
        services,
      });
      ports['grpc'] = rpc.port;
    },
    stop: () => rpc?.stop(),
  });
  return { ports, start: lifecycle.start, stop: lifecycle.stop };
}
