import { databaseSettings, integer, json, port, readConfig, sharedSettings, z } from '@throughline/config';

const linkKey = z.object({
  kid: z.number().int().min(0).max(255),
  secret: z.string().min(32, { error: 'secret: at least 32 characters' }),
});

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('feedback'),
  CALLER_PUBLIC_KEY: sharedSettings.CALLER_PUBLIC_KEY.unwrap(),
  GRPC_PORT: port(9155),
  HTTP_PORT: port(8092),
  OPS_PORT: port(9108),
  /** Keys that survey links are signed with: new links by the first, links by any of them open. */
  FEEDBACK_LINK_KEYS: json(z.array(linkKey).min(1), '[{"kid":1,"secret":"0123456789abcdef0123456789abcdef"}]'),
  /** Where customers reach the page of a survey, without `/s/…`. */
  FEEDBACK_PUBLIC_URL: z
    .string()
    .regex(/^https?:\/\/[^\s?#]+$/, { error: 'must be an http or https address' })
    .default('http://127.0.0.1:8092')
    .meta({ examples: ['https://opinion.example.org'] }),
  /** How often it is looked who is to be asked. */
  FEEDBACK_LOOK_MS: integer(50, 600_000, 1_000),
  /** After how long without a sign of life of a process others ask in its place. */
  FEEDBACK_LEASE_MS: integer(500, 60_000, 8_000),
  /** How soon a customer who is held back is looked at again. */
  FEEDBACK_LOOK_AGAIN_MS: integer(50, 86_400_000, 60_000),
  /** How long a solved contact waits for another one about the same before it counts as solved at first. */
  FEEDBACK_FCR_WINDOW_MS: integer(50, 30 * 86_400_000, 7 * 86_400_000),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
