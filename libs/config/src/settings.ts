import { z } from 'zod';

/** Text that must not be empty. */
export const text = (example: string) =>
  z
    .string({ error: 'must be text' })
    .min(1)
    .meta({ examples: [example] });

/** A whole number between two bounds, with a default. */
export const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^-?\d+$/, { error: `must be a whole number from ${min} to ${max}`, abort: true })
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, { error: `must be a whole number from ${min} to ${max}` })
        .max(max, { error: `must be a whole number from ${min} to ${max}` }),
    )
    .default(fallback)
    .meta({ examples: [fallback] });

/** A TCP port; 0 takes a free one. */
export const port = (fallback: number) => integer(0, 65_535, fallback);

/** `true` or `false`. */
export const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((value) => value === 'true')
    .default(fallback)
    .meta({ examples: [fallback] });

/** Comma-separated texts. */
export const list = (example: string, fallback?: string[]) => {
  const read = z
    .string({ error: 'must be a comma-separated list' })
    .transform((value) => value.split(',').flatMap((item) => item.trim() || []))
    .pipe(z.array(z.string()).min(1, { error: 'must have at least one entry' }));
  return fallback ? read.default(fallback).meta({ examples: [example] }) : read.meta({ examples: [example] });
};

const parsed = (value: string, context: z.RefinementCtx): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
};

/** JSON of a given shape in one variable. */
export const json = <T extends z.ZodType>(shape: T, example: string, fallback?: string) => {
  const source = fallback === undefined ? z.string({ error: 'must be JSON' }) : z.string().default(fallback);
  return source
    .transform(parsed)
    .pipe(shape)
    .meta({ examples: [example] });
};

const url = (schemes: string[], example: string) =>
  z
    .string({ error: 'must be a URL' })
    .refine((value) => schemes.some((scheme) => value.startsWith(`${scheme}://`)), {
      error: `must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    })
    .meta({ examples: [example] });

/** Certificates of authorities as text, as Kubernetes hands them over from a Secret. */
const certificates = () =>
  z
    .string()
    .regex(/^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/, {
      error: 'must be certificates in PEM',
    })
    .optional()
    .meta({ examples: ['-----BEGIN CERTIFICATE-----…'] });

/** How a client proves who it is to Kafka, and how it knows the brokers. */
export const kafkaAccess = {
  KAFKA_TLS: flag(false),
  KAFKA_TLS_CA: certificates(),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], {
      error: 'must be one of plain, scram-sha-256, scram-sha-512',
    })
    .optional()
    .meta({ examples: ['scram-sha-512'], needs: ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] }),
  KAFKA_SASL_USERNAME: z
    .string()
    .optional()
    .meta({ examples: ['throughline-journey'], needs: ['KAFKA_SASL_MECHANISM'] }),
  KAFKA_SASL_PASSWORD: z
    .string()
    .optional()
    .meta({ needs: ['KAFKA_SASL_MECHANISM'] }),
};

export const kafkaSettings = {
  KAFKA_BROKERS: list('127.0.0.1:19092')
    .pipe(z.array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, { error: 'each broker must read host:port' })))
    .meta({ examples: ['127.0.0.1:19092'] }),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,60}$/, { error: 'may hold letters, digits, dot, dash and underscore' })
    .default('')
    .meta({ examples: ['test.'] }),
  ...kafkaAccess,
};

export const databaseSettings = (name: string) => ({
  MONGO_URL: url(['mongodb', 'mongodb+srv'], 'mongodb://127.0.0.1:17117/?replicaSet=rs0'),
  MONGO_DB: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,60}$/, { error: 'may hold letters, digits, dash and underscore' })
    .default(name)
    .meta({ examples: [name] }),
  MONGO_TLS_CA: certificates(),
  MIGRATE_AT_START: flag(true),
});

/** What every service reads. Spread it into the service's own object. */
export const sharedSettings = {
  ...kafkaSettings,
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be one of trace, debug, info, warn, error, fatal, silent',
    })
    .default('info')
    .meta({ examples: ['info'] }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http', 'https'], 'http://127.0.0.1:4318').optional(),
  TRACE_SAMPLE_RATIO: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, { error: 'must be a number from 0 to 1' })
    .transform(Number)
    .default(0.01)
    .meta({ examples: ['0.01'] }),
  CALLER_PUBLIC_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{40,200}={0,2}$/, { error: 'must be an Ed25519 public key (SPKI, base64)' })
    .optional()
    .meta({ examples: ['MCowBQYDK2VwAyEA…'] }),
};
