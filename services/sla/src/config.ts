import { databaseSettings, integer, port, readConfig, sharedSettings, z } from '@throughline/config';

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('sla'),
  CALLER_PUBLIC_KEY: sharedSettings.CALLER_PUBLIC_KEY.unwrap(),
  GRPC_PORT: port(9153),
  OPS_PORT: port(9106),
  /** How often the next due moments are read. A longer time costs less when idle. */
  SLA_LOOK_AHEAD_MS: integer(50, 10_000, 2_500),
  /** How long a share of the timers stays with a process that does not answer. */
  SLA_LEASE_MS: integer(500, 60_000, 9_000),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
