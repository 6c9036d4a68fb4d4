import type { Clock } from '@throughline/core';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createLifecycle } from '@throughline/lifecycle';
import type { RpcServer } from '@throughline/rpc';
import { createCallerSigner, startRpcServer } from '@throughline/rpc';
import { connectStore } from '@throughline/store';
import type { OpsServer, Telemetry } from '@throughline/telemetry';
import { createTelemetry, startOpsServer } from '@throughline/telemetry';
import type { WebServer } from '@throughline/web';
import type { Config } from './config';
import { openGrpcDoor, openRestDoor } from './doors';
import { createFacts } from './facts';
import { accessService } from './inbound/rpc/access-service';
import { createApiKeyStore } from './outbound/api-key-store';
import { createBackends } from './outbound/backends';
import { prepareDatabase } from './outbound/prepare-database';
import { randomSecrets as secrets } from './outbound/secrets';
import { createAdmit } from './use-cases/admit';
import { createAuthenticator } from './use-cases/authenticate';
import { bootstrapKeys } from './use-cases/bootstrap-keys';
import { createManageKeys } from './use-cases/manage-keys';
import { createRateLimits } from './use-cases/rate-limits';
import { createShedder } from './use-cases/shed-load';
import { createStreams } from './use-cases/streams';

export interface Overrides {
  clock?: Clock;
  telemetry?: Telemetry;
  host?: string;
  heartbeatMs?: number;
  /** How often a stream asks whether its key still works. */
  checkMs?: number;
}

const LOOPBACK = '127.0.0.1';
const LAST_USED_MS = 30_000;

const telemetryOf = (config: Config): Telemetry =>
  createTelemetry({
    service: 'gateway',
    logLevel: config.LOG_LEVEL,
    sampleRatio: config.TRACE_SAMPLE_RATIO,
    otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  });

/** Wires the gateway. */
export const buildApp = (config: Config, overrides: Overrides = {}): App => {
  const { clock = systemClock, telemetry = telemetryOf(config), host } = overrides;
  const facts = createFacts(telemetry);
  const store = connectStore({ url: config.MONGO_URL, db: config.MONGO_DB, telemetry });
  const keys = createApiKeyStore(store);
  const sign = createCallerSigner(config.CALLER_PRIVATE_KEY);
  const authenticator = createAuthenticator({ keys, secrets, sign, clock });
  const limits = createRateLimits(
    config.GATEWAY_KEY_REQUESTS_PER_SECOND,
    config.GATEWAY_TENANT_REQUESTS_PER_SECOND,
    clock,
  );
  const shedder = createShedder({ maxInFlight: config.GATEWAY_MAX_IN_FLIGHT, maxLagMs: config.GATEWAY_MAX_LAG_MS });
  const streams = createStreams(config.GATEWAY_STREAMS_PER_KEY);
  const admit = createAdmit({ authenticator, limits, shedder });
  const access = accessService(createManageKeys({ keys, secrets, clock, forget: authenticator.forget }));

  const ports: Record<string, number> = {};
  const running: {
    access?: RpcServer;
    rest?: WebServer;
    grpc?: RpcServer;
    ops?: OpsServer;
    closeBackends?: () => void;
  } = {};
  let draining = true;
  const ready = async () => (draining ? ['not started, or stopping'] : []);
  const writeLastUsed = () => keys.markUsed(authenticator.takeUses()).catch(facts.lastUsedNotWritten);
  let lastUsed: NodeJS.Timeout | undefined;

  const openDoors = async () => {
    const backends = createBackends([
      { name: 'throughline.access', address: `${LOOPBACK}:${running.access!.port}` },
      ...config.GATEWAY_BACKENDS,
    ]);
    running.closeBackends = backends.close;
    const { heartbeatMs = 15_000, checkMs = 5_000 } = overrides;
    const deps = {
      telemetry,
      facts,
      backends,
      admit,
      authenticator,
      shedder,
      streams,
      ready,
      host,
      heartbeatMs,
      checkMs,
    };
    running.rest = await openRestDoor(deps, config.HTTP_PORT);
    running.grpc = await openGrpcDoor(deps, config.GRPC_PORT);
    Object.assign(ports, { http: running.rest.port, grpc: running.grpc.port });
  };

  const steps = createLifecycle(telemetry.log);
  steps.add('telemetry', { stop: () => telemetry.stop() });
  steps.add('operations port', {
    start: async () => {
      running.ops = await startOpsServer({ port: config.OPS_PORT, telemetry, ready });
      ports['ops'] = running.ops.port;
    },
    stop: () => running.ops?.stop(),
  });
  steps.add('database', { start: () => store.start().then(() => prepareDatabase(store)), stop: () => store.stop() });
  steps.add('first keys', {
    start: async () => {
      await bootstrapKeys(config.GATEWAY_BOOTSTRAP_KEYS, { keys, secrets, clock });
      lastUsed = setInterval(() => void writeLastUsed(), LAST_USED_MS).unref();
    },
    stop: () => {
      clearInterval(lastUsed);
      return writeLastUsed();
    },
  });
  steps.add('access service', {
    start: async () => {
      const callerPublicKey = config.CALLER_PUBLIC_KEY;
      running.access = await startRpcServer({
        port: 0,
        host: LOOPBACK,
        telemetry,
        callerPublicKey,
        services: [access],
      });
    },
    stop: () => running.access?.stop(),
  });
  steps.add('doors', {
    start: openDoors,
    stop: async () => {
      streams.closeAll();
      await Promise.all([running.rest?.stop(), running.grpc?.stop()]);
      running.closeBackends?.();
    },
  });
  return {
    ports,
    async start() {
      shedder.start();
      await steps.start();
      draining = false;
      telemetry.log.info({ ports }, 'the gateway is ready');
    },
    async stop() {
      draining = true;
      shedder.stop();
      await steps.stop();
    },
  };
};
