import { createNoopMeter, ProxyTracerProvider } from '@opentelemetry/api';
import pino from 'pino';
import type { Telemetry } from './create-telemetry';

/** Telemetry that records nothing, for unit tests and for measuring what telemetry costs. */
export const noTelemetry = (): Telemetry => ({
  log: pino({ level: 'silent' }),
  tracer: new ProxyTracerProvider().getTracer('none'),
  meter: createNoopMeter(),
  metricsText: async () => '',
  stop: async () => {},
});
