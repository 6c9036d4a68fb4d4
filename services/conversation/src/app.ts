import type { Bus, CrashPoint, Handle } from '@throughline/bus';
import { createBus } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import type { RpcServer } from '@throughline/rpc';
import { startRpcServer } from '@throughline/rpc';
import type { Store } from '@throughline/store';
import { connectStore, parkedKeys } from '@throughline/store';
import type { OpsServer, Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import type { Parts } from './compose';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { followOnCustomerEvent } from './inbound/events/follow.on-customer-event';
import { followOnWorkEvent } from './inbound/events/follow.on-work-event';
import { intakeOnChannelEvent } from './inbound/events/intake.on-channel-event';
import { channelService } from './inbound/rpc/publish-inbound';
import { conversationService } from './inbound/rpc/service';
import { prepareSchema } from './outbound/schema';

export interface Overrides {
  clock?: Clock;
  telemetry?: Telemetry;
  crashPoint?: CrashPoint;
}

export const group = 'conversation';

const connect = (config: Config, telemetry: Telemetry, crashPoint?: CrashPoint): { bus: Bus; store: Store } => ({
  bus: createBus({
    brokers: config.KAFKA_BROKERS,
    clientId: group,
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    telemetry,
    crashPoint,
  }),
  store: connectStore({ url: config.MONGO_URL, db: config.MONGO_DB, telemetry }),
});

const consumeAll = ({ intake, acknowledge, links, followWork, facts }: Parts, bus: Bus, store: Store): void => {
  const handles: Record<string, Handle> = {
    'channel.inbound.v1': intakeOnChannelEvent(intake, acknowledge, facts),
    'journey.customers.v1': followOnCustomerEvent(links),
    'routing.work.v1': followOnWorkEvent(followWork),
  };
  bus.consume({
    group,
    topics: Object.keys(handles),
    handle: (deliveries, context) => handles[deliveries[0]!.topic]!(deliveries, context),
    deadLetters: parkedKeys(store, group),
  });
};

/** Wires the service: channel events in, conversations kept, events out, calls answered. */
export async function buildApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const { clock = systemClock, crashPoint } = overrides;
  const telemetry =
    overrides.telemetry ??
    createTelemetry({
      service: group,
      logLevel: config.LOG_LEVEL,
      sampleRatio: config.TRACE_SAMPLE_RATIO,
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    });
  const { bus, store } = connect(config, telemetry, crashPoint);
  const facts = createFacts(telemetry);
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
  lifecycle.add('loops', {
    start: () => {
      parts = compose({ config, store, producer: bus.producer, facts, clock, crashPoint });
      for (const loop of parts.loops) loop.start();
    },
    stop: async () => {
      for (const loop of parts?.loops ?? []) await loop.stop();
      await parts?.journal.flush();
    },
  });
  lifecycle.add('bus', {
    start: () => {
      consumeAll(parts as Parts, bus, store);
      return bus.start();
    },
    stop: bus.stop,
  });
  lifecycle.add('calls', {
    start: async () => {
      const services = [conversationService((parts as Parts).deps), channelService(bus.producer)];
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
