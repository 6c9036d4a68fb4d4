import { createPrivateKey } from 'node:crypto';
import { databaseSettings, integer, json, list, port, readConfig, sharedSettings, text, z } from '@throughline/config';

const mailbox = z.object({
  address: z
    .string()
    .regex(/^[^\s@+<>"]{1,60}@[^\s@<>"]{1,250}$/, { error: 'each mailbox needs an address without a plus part' })
    .transform((address) => address.toLowerCase()),
  tenantId: z.string().min(1).max(100),
  name: z.string().max(100).default(''),
});

const isSigningKey = (pem: string): boolean => {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 1024;
  } catch {
    return false;
  }
};

const dkimKey = z.object({
  domain: z
    .string()
    .regex(/^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/, { error: 'must be a domain in small letters' }),
  selector: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, { error: 'must be a name as it stands in DNS' }),
  privateKey: z.string().refine(isSigningKey, { error: 'must be an RSA private key of 1024 bits or more, as PEM' }),
});

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('channel-email'),
  OPS_PORT: port(9103),
  SMTP_HOST: text('127.0.0.1').default('127.0.0.1'),
  SMTP_PORT: port(2525),
  /** Name in the greeting and in the EHLO answer. */
  SMTP_NAME: text('mail.example.org').default('localhost'),
  SMTP_RELAY_URL: z
    .string()
    .regex(/^smtps?:\/\//, { error: 'must start with smtp:// or smtps://' })
    .default('smtp://127.0.0.1:2526')
    .meta({ examples: ['smtp://127.0.0.1:2526'] }),
  EMAIL_MAILBOXES: json(
    z.array(mailbox).min(1),
    '[{"address":"support@example.org","tenantId":"demo","name":"Support"}]',
  ),
  /** Keys that mails are signed with, by domain; of several of one domain the first. Mails of other domains go out unsigned. */
  EMAIL_DKIM_KEYS: json(
    z.array(dkimKey),
    '[{"domain":"example.org","selector":"s1","privateKey":"-----BEGIN PRIVATE KEY-----\\n…"}]',
    '[]',
  ),
  EMAIL_MAX_BYTES: integer(1_024, 104_857_600, 26_214_400),
  /** Bytes of mails in memory at one time; more mails are asked to come later. */
  EMAIL_MAX_BYTES_IN_FLIGHT: integer(1_048_576, 4_294_967_296, 134_217_728),
  EMAIL_MAX_CONNECTIONS: integer(1, 10_000, 200),
  EMAIL_MAX_CONNECTIONS_PER_CLIENT: integer(1, 10_000, 50),
  EMAIL_MAX_MAILS_PER_MINUTE_PER_CLIENT: integer(1, 1_000_000, 6_000),
  EMAIL_MAX_RECIPIENTS: integer(1, 10_000, 100),
  EMAIL_PARSE_TIMEOUT_MS: integer(100, 60_000, 10_000),
  EMAIL_PARSERS: integer(1, 16, 2),
  EMAIL_SEND_CONNECTIONS: integer(1, 50, 4),
  EMAIL_SEND_TIMEOUT_MS: integer(100, 600_000, 30_000),
  /** Addresses of the filters in front of us whose verdicts and spam marks count. */
  EMAIL_TRUSTED_RELAYS: list('10.0.0.5', []),
  /** Name under which the trusted filter writes Authentication-Results. */
  EMAIL_TRUSTED_HOST: z.string().max(255).default(''),
  TLS_CERT_FILE: text('/etc/tls/tls.crt').optional(),
  TLS_KEY_FILE: text('/etc/tls/tls.key').optional(),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
