import { context, trace } from '@opentelemetry/api';
import pino from 'pino';
import { scrub } from './pii';

// Fields nobody should log. The first net is that facts have typed fields; this is the second.
const forbidden = [
  'authorization',
  'body',
  'contactPoint',
  'email',
  'from',
  'headers',
  'name',
  'password',
  'phone',
  'secret',
  'subject',
  'text',
  'to',
  'token',
];

const stackOf = (stack: string | undefined): string[] =>
  (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim());

interface LoggedError {
  type: string;
  code?: string;
  reason?: string;
  message: string;
  stack?: string[];
  cause?: LoggedError;
}

const describeError = (error: unknown, depth = 0): LoggedError => {
  if (!(error instanceof Error)) return { type: typeof error, message: scrub(String(error)) };
  const { code, reason, cause } = error as Error & { code?: unknown; reason?: unknown };
  return {
    type: error.name,
    ...(code === undefined ? {} : { code: String(code).slice(0, 80) }),
    ...(typeof reason === 'string' ? { reason: reason.slice(0, 80) } : {}),
    message: scrub(error.message),
    stack: stackOf(error.stack),
    ...(cause !== undefined && depth < 3 ? { cause: describeError(cause, depth + 1) } : {}),
  };
};

export interface LoggerOptions {
  service: string;
  level: string;
  /** Where lines go; stdout when absent. */
  destination?: { write(line: string): void } | undefined;
}

/** JSON lines, each with the trace it belongs to. */
export const createLogger = ({ service, level, destination }: LoggerOptions): pino.Logger => {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error) => describeError(error), error: (error) => describeError(error) },
    redact: { paths: forbidden, censor: '[redacted]' },
    mixin: () => {
      const span = trace.getSpanContext(context.active());
      return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
    },
  };
  return destination ? pino(options, destination) : pino(options);
};
