import { databaseSettings, integer, port, readConfig, sharedSettings, z } from '@throughline/config';

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('routing'),
  CALLER_PUBLIC_KEY: sharedSettings.CALLER_PUBLIC_KEY.unwrap(),
  GRPC_PORT: port(9154),
  OPS_PORT: port(9107),
  /** Parts of the id space that replicas share. The same in all replicas, and for ever: tenants are found by it. */
  ROUTING_SHARDS: integer(1, 1024, 4),
  /** After this long without a sign of life a process' shards go to another one. */
  ROUTING_LEASE_MS: integer(1_000, 120_000, 10_000),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
