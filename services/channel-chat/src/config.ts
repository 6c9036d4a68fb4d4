import { databaseSettings, flag, integer, json, port, readConfig, sharedSettings, z } from '@throughline/config';

const secret = z.object({
  tenantId: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: 'tenantId: letters, digits, dot, dash, underscore' }),
  secret: z.string().min(32, { error: 'secret: at least 32 characters' }),
});

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('channel-chat'),
  HTTP_PORT: port(8090),
  OPS_PORT: port(9104),
  CHAT_SECRETS: json(z.array(secret).min(1), '[{"tenantId":"demo","secret":"0123456789abcdef0123456789abcdef"}]'),
  /** Visitors without a token of the integrator may chat; nothing they say about themselves is believed. */
  CHAT_ANONYMOUS: flag(true),
  CHAT_MAX_SOCKETS: integer(1, 1_000_000, 20_000),
  CHAT_MESSAGES_PER_SECOND: integer(1, 1_000, 10),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
