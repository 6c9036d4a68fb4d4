import { databaseSettings, integer, json, list, port, readConfig, sharedSettings, z } from '@throughline/config';

const account = z.object({
  tenantId: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  url: z.string().regex(/^https?:\/\//),
  accountSid: z.string().min(1),
  authToken: z.string().min(1),
  from: z.string().regex(/^\+[1-9]\d{1,14}$/),
});

const url = (example: string, fallback: string) =>
  z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, { error: 'must be an origin, such as https://notify.example.org' })
    .default(fallback)
    .meta({ examples: [example] });

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('notification'),
  CALLER_PUBLIC_KEY: sharedSettings.CALLER_PUBLIC_KEY.unwrap(),
  GRPC_PORT: port(9156),
  OPS_PORT: port(9109),
  /** Where customers unsubscribe and providers report. */
  HTTP_PORT: port(8093),
  /** Key of links in messages, of the hashes of the suppression list and of the secrets of webhooks. A new one makes all worthless. */
  NOTIFICATION_SECRET: z
    .string({ error: 'is required' })
    .min(32, { error: 'must have at least 32 characters' })
    .meta({ examples: ['64 random hex digits'] }),
  /** The same door as customers and providers see it; links in messages begin with it. */
  NOTIFICATION_PUBLIC_URL: url('https://notify.example.org', 'http://127.0.0.1:8093'),
  /** Accounts for text messages and calls, one per tenant. */
  NOTIFICATION_PROVIDERS: json(
    z.array(account),
    '[{"tenantId":"acme","url":"https://api.twilio.com","accountSid":"AC…","authToken":"…","from":"+493012345678"}]',
    '[]',
  ),
  /** How long a provider may take to answer. */
  NOTIFICATION_PROVIDER_DEADLINE_MS: integer(100, 30_000, 5_000),
  /** For how long an attempt belongs to the process that began it. */
  NOTIFICATION_LEASE_MS: integer(500, 120_000, 20_000),
  /** After how long another process takes over the share of the deliveries of one that does not answer. */
  NOTIFICATION_SHARE_LEASE_MS: integer(500, 60_000, 9_000),
  /** From then on a message that the provider does not list was not taken. Longer than lease and deadline together. */
  NOTIFICATION_SETTLE_MS: integer(500, 600_000, 30_000),
  /** Address of the SLA service, which keeps promises of next updates; none are made without it. */
  NOTIFICATION_SLA_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d{1,5}$/, { error: 'must read host:port' })
    .optional()
    .meta({ examples: ['127.0.0.1:9153'] }),
  /** Signs calls to the SLA service. */
  CALLER_PRIVATE_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{40,200}={0,2}$/, { error: 'must be an Ed25519 private key (PKCS 8, base64)' })
    .optional()
    .meta({ examples: ['MC4CAQAwBQYDK2VwBCIEI…'] }),
  /** How often messages that wait are looked at. */
  NOTIFICATION_LOOK_EVERY_MS: integer(20, 60_000, 1_000),
  /** Facts of these topics can be sent to webhooks. */
  NOTIFICATION_WEBHOOK_TOPICS: list('conversation.conversations.v1', [
    'conversation.conversations.v1',
    'routing.work.v1',
    'routing.agents.v1',
    'sla.clocks.v1',
    'sla.promises.v1',
    'feedback.surveys.v1',
    'feedback.cases.v1',
    'notification.deliveries.v1',
    'journey.customers.v1',
  ]),
  /** `host:port` of receivers that need not be public; for tests and local runs, empty in production. */
  NOTIFICATION_WEBHOOK_ALLOW: list('127.0.0.1:8099', []),
  /** First wait before a failed delivery is tried again; the others follow from it. */
  NOTIFICATION_WEBHOOK_FIRST_RETRY_MS: integer(10, 600_000, 5_000),
  /** After how long a delivery is given up and an endpoint that takes nothing is disabled; notice after a third of it. */
  NOTIFICATION_WEBHOOK_GIVE_UP_MS: integer(100, 30 * 86_400_000, 3 * 86_400_000),
  /** After how long another process takes over the endpoints of one that does not answer. */
  NOTIFICATION_WEBHOOK_LEASE_MS: integer(500, 60_000, 10_000),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
