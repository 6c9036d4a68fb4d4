import type { Bus, ConsumeOptions, CrashPoint, SecuritySettings } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import type { LifecycleStep } from '@throughline/lifecycle';
import type { RpcService } from '@throughline/rpc';
import type { Aggregates, Store } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';

/** Settings that every service has; `sharedSettings` and `databaseSettings` of libs/config give them. */
export interface ServiceSettings {
  LOG_LEVEL: string;
  TRACE_SAMPLE_RATIO: number;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OPS_PORT: number;
  MONGO_URL: string;
  MONGO_DB: string;
  MONGO_TLS_CA?: string | undefined;
  /** False: the database was brought up to date by a run with `--migrate`, and a start only looks. */
  MIGRATE_AT_START?: boolean | undefined;
}

/** A service that has these is on the bus; `kafkaSecurity` of libs/bus reads the rest. */
export interface BusSettings extends SecuritySettings {
  KAFKA_BROKERS: string[];
  KAFKA_TOPIC_PREFIX: string;
}

/** A service that has these answers gRPC calls. */
export interface CallSettings {
  GRPC_PORT: number;
  /** Ed25519 public key (SPKI, base64) that caller tokens are checked with. */
  CALLER_PUBLIC_KEY: string;
}

/** What a test may put in place of the real thing. */
export interface ServiceOverrides {
  clock?: Clock | undefined;
  telemetry?: Telemetry | undefined;
  /** Where a test ends the process on purpose. */
  crashPoint?: CrashPoint | undefined;
  /** How long a publish waits for Kafka before its caller is told, milliseconds. */
  publishTimeoutMs?: number | undefined;
}

/** One part of a service, started after those before it and stopped before them. */
export interface Step extends LifecycleStep {
  /** Named in the log when it fails. */
  name: string;
}

/** Something that listens on a port. */
export interface Listener {
  port: number;
  stop(): Promise<void>;
}

/** What runs already when a service puts its own parts together, and makers of the steps that many services have. */
export interface Kit<C> {
  telemetry: Telemetry;
  store: Store;
  bus: C extends BusSettings ? Bus : never;
  /** Why this process should get no work now; empty when it is ready. */
  ready(): string[];
  /** Opens a listener whose port stands in `ports` of the app under this name. */
  listens(name: string, open: () => Promise<Listener>): Required<Step>;
  /** Reads topics as the group of the service's name; its parked keys are kept in its database. Drains before what it feeds. */
  consumes: C extends BusSettings ? (options: Omit<ConsumeOptions, 'group' | 'deadLetters'>) => Step : never;
  /** Answers gRPC calls on GRPC_PORT; ends those that run before anything they need. */
  calls: C extends CallSettings ? (services: RpcService[]) => Step : never;
  /** Publishes what a dead writer left behind; at the end it waits for the lazy clears. */
  // biome-ignore lint/suspicious/noExplicitAny: aggregates of any state
  sweeps(aggregates: Pick<Aggregates<any>, 'sweeper' | 'stop'>[]): Step;
}

export interface ServiceDefinition<C extends ServiceSettings> {
  /** Name in telemetry, client id on the bus and consumer group. */
  name: string;
  config: C;
  overrides?: ServiceOverrides | undefined;
  /** How long a publish waits for Kafka; the bus has a default. Milliseconds. */
  publishTimeoutMs?: number | undefined;
  /** Brings the database to what the code expects; many processes may do it at once. */
  schema?: ((store: Store) => Promise<unknown>) | undefined;
  /** The service's own parts, in the order in which they start. Called when the database is there and the bus may be used. */
  parts(kit: Kit<C>): Step[] | Promise<Step[]>;
}
