import { databaseSettings, port, readConfig, sharedSettings, z } from '@throughline/config';

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('notification'),
  CALLER_PUBLIC_KEY: sharedSettings.CALLER_PUBLIC_KEY.unwrap(),
  GRPC_PORT: port(50_106),
  OPS_PORT: port(9109),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
