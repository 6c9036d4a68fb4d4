import { databaseSettings, json, port, readConfig, sharedSettings, z } from '@throughline/config';

const account = z.object({
  /** Opaque part of the webhook URL; it chooses the secret. */
  path: z.string().regex(/^[A-Za-z0-9_-]{8,100}$/, { error: 'path: 8 to 100 letters, digits, dash and underscore' }),
  tenantId: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: 'tenantId: letters, digits, dot, dash, underscore' }),
  authToken: z.string().min(16, { error: 'authToken: at least 16 characters' }),
  /** Base URL under which the provider reaches us; signatures are made over it, never over the Host header. */
  publicUrl: z.url({ error: 'publicUrl: must be a URL' }),
  /** Our own number, shown to customers whom we call. */
  number: z
    .string()
    .regex(/^\+[1-9][0-9]{6,14}$/, { error: 'number: E.164, such as +493012345678' })
    .optional(),
  /** Base URL of the provider's REST API for call control; without it commands are refused. */
  providerUrl: z.url({ error: 'providerUrl: must be a URL' }).optional(),
});

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('channel-voice'),
  HTTP_PORT: port(8091),
  OPS_PORT: port(9105),
  VOICE_ACCOUNTS: json(
    z.array(account).min(1),
    '[{"path":"a1b2c3d4","tenantId":"demo","authToken":"0123456789abcdef","publicUrl":"https://voice.example.org"}]',
  ),
});

export type Config = z.infer<typeof settings>;
export type Account = z.infer<typeof account>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
