import type { Clock } from '@throughline/core';
import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import { createCallerSigner, startRpcServer } from '@throughline/rpc';
import type { Kit, ServiceOverrides, Step } from '@throughline/service';
import { createService } from '@throughline/service';
import type { Config } from './config';
import { openGrpcDoor, openRestDoor } from './doors';
import { createFacts } from './facts';
import { endingOf } from './inbound/ending-of';
import { accessService } from './inbound/rpc/access-service';
import { createApiKeyStore } from './outbound/api-key-store';
import { createAuditTrail } from './outbound/audit-trail';
import { createBackends } from './outbound/backends';
import { prepareDatabase } from './outbound/prepare-database';
import { hideWith, randomSecrets as secrets } from './outbound/secrets';
import { createAdmit } from './use-cases/admit';
import { createAudit } from './use-cases/audit';
import { createAuthenticator } from './use-cases/authenticate';
import { bootstrapKeys } from './use-cases/bootstrap-keys';
import { createManageKeys } from './use-cases/manage-keys';
import { createRateLimits } from './use-cases/rate-limits';
import { createShedder } from './use-cases/shed-load';
import { createStreams } from './use-cases/streams';

export interface Overrides extends ServiceOverrides {
  host?: string;
  heartbeatMs?: number;
  /** How often a stream asks whether its key still works. */
  checkMs?: number;
  /** After how long a call that is open counts as left behind. */
  leftBehindMs?: number;
}

const LOOPBACK = '127.0.0.1';
const LAST_USED_MS = 30_000;

const partsOf = (config: Config, overrides: Overrides, clock: Clock, kit: Kit<Config>): Step[] => {
  const { telemetry, store, listens } = kit;
  const facts = createFacts(telemetry);
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
  const trail = createAuditTrail({
    store,
    keys: config.GATEWAY_AUDIT_KEYS,
    sealed: facts.auditSealed,
    failed: facts.auditFailed,
    leftBehindMs: overrides.leftBehindMs,
  });
  facts.watchAudit(trail.ageSeconds);
  const audit = createAudit(trail, endingOf);
  const access = accessService(createManageKeys({ keys, secrets, clock, forget: authenticator.forget }), trail);
  const writeLastUsed = () => keys.markUsed(authenticator.takeUses()).catch(facts.lastUsedNotWritten);
  let lastUsed: NodeJS.Timeout | undefined;
  let accessPort = 0;
  let backends: ReturnType<typeof createBackends> | undefined;
  const doorDeps = () => ({
    telemetry,
    facts,
    backends: backends!,
    admit,
    audit,
    hide: hideWith(config.GATEWAY_AUDIT_KEYS[0]!.secret),
    authenticator,
    shedder,
    streams,
    ready: async () => kit.ready(),
    host: overrides.host,
    heartbeatMs: overrides.heartbeatMs ?? 15_000,
    checkMs: overrides.checkMs ?? 5_000,
  });

  const rest = listens('http', () => openRestDoor(doorDeps(), config.HTTP_PORT));
  const grpc = listens('grpc', () => openGrpcDoor(doorDeps(), config.GRPC_PORT));

  return [
    { name: 'audit trail', start: trail.start, stop: trail.stop },
    { name: 'load', start: shedder.start, stop: shedder.stop },
    {
      name: 'first keys',
      async start() {
        await bootstrapKeys(config.GATEWAY_BOOTSTRAP_KEYS, { keys, secrets, clock });
        lastUsed = setInterval(() => void writeLastUsed(), LAST_USED_MS).unref();
      },
      stop() {
        clearInterval(lastUsed);
        return writeLastUsed();
      },
    },
    listens('access', async () => {
      const callerPublicKey = config.CALLER_PUBLIC_KEY;
      const server = await startRpcServer({ port: 0, host: LOOPBACK, telemetry, callerPublicKey, services: [access] });
      accessPort = server.port;
      return server;
    }),
    {
      name: 'backends',
      start() {
        const own = { name: 'throughline.access', address: `${LOOPBACK}:${accessPort}` };
        backends = createBackends([own, ...config.GATEWAY_BACKENDS]);
      },
      stop: () => backends?.close(),
    },
    {
      name: 'doors',
      async start() {
        await rest.start();
        await grpc.start();
      },
      // Both close at once, and no stream that stays open holds one of them.
      async stop() {
        streams.closeAll();
        await Promise.all([rest.stop(), grpc.stop()]);
      },
    },
  ];
};

/** Wires the gateway. */
export const buildApp = (config: Config, overrides: Overrides = {}): App =>
  createService({
    name: 'gateway',
    config,
    overrides,
    schema: prepareDatabase,
    parts: (kit) => partsOf(config, overrides, overrides.clock ?? systemClock, kit),
  });
