import { databaseSettings, integer, json, port, readConfig, sharedSettings, z } from '@throughline/config';

const { KAFKA_BROKERS: _brokers, KAFKA_TOPIC_PREFIX: _prefix, CALLER_PUBLIC_KEY, ...shared } = sharedSettings;

const backend = /^([a-z][a-z0-9_.]*)=([^\s=,]+:\d{1,5})$/;

const backends = z
  .string({ error: 'is required' })
  .transform((value) => value.split(',').flatMap((item) => item.trim() || []))
  .pipe(z.array(z.string().regex(backend, { error: 'each entry must read package=host:port' })))
  .transform((items) =>
    items.map((item) => backend.exec(item)!).map(([, name, address]) => ({ name: name!, address: address! })),
  )
  .meta({ examples: ['throughline.journey=127.0.0.1:9152'] });

const bootstrapKey = z
  .object({
    tenantId: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
    /** Whole key `tl_<id>_<secret>`, or its id with the hash of its secret. */
    key: z.string().optional(),
    id: z.string().optional(),
    secretSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    scopes: z.array(z.string()).min(1),
    displayName: z.string().default('Bootstrap key'),
  })
  .refine((value) => value.key !== undefined || (value.id !== undefined && value.secretSha256 !== undefined), {
    error: 'needs key, or id and secretSha256',
  });

const auditKey = z.object({
  kid: z.number().int().min(0).max(255),
  secret: z.string().min(32, { error: 'secret: at least 32 characters' }),
});

export type BootstrapKey = z.infer<typeof bootstrapKey>;

const settings = z.object({
  ...shared,
  ...databaseSettings('gateway'),
  HTTP_PORT: port(8080),
  GRPC_PORT: port(8081),
  OPS_PORT: port(9100),
  CALLER_PUBLIC_KEY: CALLER_PUBLIC_KEY.unwrap(),
  CALLER_PRIVATE_KEY: z
    .string({ error: 'is required' })
    .regex(/^[A-Za-z0-9+/]{40,200}={0,2}$/, { error: 'must be an Ed25519 private key (PKCS 8, base64)' })
    .meta({ examples: ['MC4CAQAwBQYDK2VwBCIEI…'] }),
  GATEWAY_BACKENDS: backends,
  /** Keys that audit records are sealed with: new ones by the first, all are known when records are checked. */
  GATEWAY_AUDIT_KEYS: json(z.array(auditKey).min(1), '[{"kid":1,"secret":"0123456789abcdef0123456789abcdef"}]'),
  GATEWAY_BOOTSTRAP_KEYS: json(z.array(bootstrapKey), '[{"tenantId":"demo","key":"tl_…","scopes":["*"]}]', '[]'),
  GATEWAY_KEY_REQUESTS_PER_SECOND: integer(1, 1_000_000, 500),
  GATEWAY_TENANT_REQUESTS_PER_SECOND: integer(1, 1_000_000, 2_000),
  GATEWAY_MAX_IN_FLIGHT: integer(1, 100_000, 2_000),
  GATEWAY_MAX_LAG_MS: integer(10, 60_000, 500),
  GATEWAY_STREAMS_PER_KEY: integer(1, 100_000, 200),
});

export type Config = z.infer<typeof settings>;

export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
