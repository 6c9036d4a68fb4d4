import type { Bus, ConsumeOptions } from '@throughline/bus';
import { createBus, kafkaSecurity } from '@throughline/bus';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import type { RpcService } from '@throughline/rpc';
import { startRpcServer } from '@throughline/rpc';
import { connectStore, parkedKeys } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import type { BusSettings, CallSettings, Kit, Listener, ServiceDefinition, ServiceSettings, Step } from './types';

/** A job that waits for ever tells nobody what is wrong. */
const MIGRATE_CONNECT_MS = 60_000;

const telemetryOf = (name: string, config: ServiceSettings): Telemetry =>
  createTelemetry({
    service: name,
    logLevel: config.LOG_LEVEL,
    sampleRatio: config.TRACE_SAMPLE_RATIO,
    otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  });

const busOf = <C extends ServiceSettings>(definition: ServiceDefinition<C>, telemetry: Telemetry): Bus | undefined => {
  const { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX = '' } = definition.config as Partial<BusSettings>;
  if (!KAFKA_BROKERS) return undefined;
  return createBus({
    brokers: KAFKA_BROKERS,
    security: kafkaSecurity(definition.config as Partial<BusSettings>),
    clientId: definition.name,
    topicPrefix: KAFKA_TOPIC_PREFIX,
    telemetry,
    crashPoint: definition.overrides?.crashPoint,
    deliveryTimeoutMs: definition.overrides?.publishTimeoutMs ?? definition.publishTimeoutMs,
  });
};

/**
 * A service as a process runs it and as a test holds it. It starts in this order: telemetry, the port for operators,
 * database, schema, bus (when KAFKA_BROKERS is set), then the service's own parts as `parts` lists them. It drains the
 * other way round, each step within its budget, so nothing that still works loses what it works with.
 *
 * `/readyz` answers "starting" until the last part has started, "stopping" from the first moment of a drain, and
 * whatever the bus misses in between. A start that fails stops what had started, and throws with the name of the step.
 */
export function createService<C extends ServiceSettings>(definition: ServiceDefinition<C>): App {
  const { name, config } = definition;
  const telemetry = definition.overrides?.telemetry ?? telemetryOf(name, config);
  const database = { url: config.MONGO_URL, db: config.MONGO_DB, tlsCa: config.MONGO_TLS_CA, telemetry };
  const store = connectStore({ ...database, migrates: config.MIGRATE_AT_START });
  const bus = busOf(definition, telemetry);
  const ports: Record<string, number> = {};
  const lifecycle = createLifecycle(telemetry.log);
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  const ready = () => [...(phase === 'running' ? [] : [phase]), ...(bus?.notReady() ?? [])];

  const listens = (port: string, open: () => Promise<Listener>): Required<Step> => {
    let listener: Listener | undefined;
    return {
      name: port,
      async start() {
        listener = await open();
        ports[port] = listener.port;
      },
      stop: () => listener?.stop(),
    };
  };
  const consumes = (options: Omit<ConsumeOptions, 'group' | 'deadLetters'>): Step => {
    let consumer: { stop(): Promise<void> } | undefined;
    return {
      name: `events of ${options.topics.join(', ')}`,
      start() {
        consumer = bus!.consume({ ...options, group: name, deadLetters: parkedKeys(store, name) });
      },
      stop: () => consumer?.stop(),
    };
  };
  const calls = (services: RpcService[]): Step => {
    const { GRPC_PORT: port, CALLER_PUBLIC_KEY: callerPublicKey } = config as C & CallSettings;
    return listens('grpc', () => startRpcServer({ port, telemetry, callerPublicKey, services }));
  };
  const sweeps: Kit<C>['sweeps'] = (aggregates) => ({
    name: 'sweepers',
    start() {
      for (const { sweeper } of aggregates) sweeper.start();
    },
    async stop() {
      for (const { sweeper, stop } of aggregates) {
        await sweeper.stop();
        await stop();
      }
    },
  });
  const kit = { telemetry, store, bus, ready, listens, consumes, calls, sweeps } as Kit<C>;

  lifecycle.add('telemetry', { stop: telemetry.stop });
  const operations = listens('ops', () => startOpsServer({ port: config.OPS_PORT, telemetry, ready }));
  lifecycle.add('operations', operations);
  lifecycle.add('store', { start: store.start, stop: store.stop });
  lifecycle.add('schema', { start: () => definition.schema?.(store) });
  if (bus) lifecycle.add('bus', { start: bus.start, stop: bus.stop });
  lifecycle.add('parts', {
    async start() {
      for (const step of await definition.parts(kit)) lifecycle.add(step.name, step);
    },
  });
  return {
    ports,
    async migrate() {
      const own = connectStore({ ...database, migrates: true });
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        void own.stop();
      }, MIGRATE_CONNECT_MS);
      try {
        await own.start();
        if (late) throw new Error(`MongoDB did not answer within ${MIGRATE_CONNECT_MS / 1000} s`);
        clearTimeout(timer);
        await definition.schema?.(own);
      } finally {
        clearTimeout(timer);
        await own.stop();
        await telemetry.stop();
      }
    },
    async start() {
      await lifecycle.start();
      if (phase !== 'starting') return;
      phase = 'running';
      telemetry.log.info({ ports }, 'ready');
    },
    async stop() {
      phase = 'stopping';
      await lifecycle.stop();
    },
  };
}
