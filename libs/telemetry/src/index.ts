export {
  type Attributes,
  type Context,
  type Counter,
  context,
  type Histogram,
  type Meter,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
export type { Logger } from 'pino';
export { createTelemetry, type Telemetry, type TelemetryOptions } from './create-telemetry';
export { createIntake, type Intake, sampledTraceparent } from './intake';
export { noTelemetry } from './no-telemetry';
export { type OpsServer, startOpsServer } from './ops-server';
export { type Pii, pii } from './pii';
export { activeTraceparent, contextFromTraceparent, formatTraceparent, parseTraceparent } from './traceparent';
