import { databaseSettings, integer, port, readConfig, sharedSettings, z } from '@throughline/config';

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('notification'),
  CALLER_PUBLIC_KEY: sharedSettings.CALLER_PUBLIC_KEY.unwrap(),
  GRPC_PORT: port(50_106),
  OPS_PORT: port(9109),
  /** Key of links in messages and of the hashes of the suppression list. A new one makes both worthless. */
  NOTIFICATION_SECRET: z
    .string({ error: 'is required' })
    .min(32, { error: 'must have at least 32 characters' })
    .meta({ examples: ['64 random hex digits'] }),
  /** How often messages that wait are looked at. */
  NOTIFICATION_LOOK_EVERY_MS: integer(20, 60_000, 1_000),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
