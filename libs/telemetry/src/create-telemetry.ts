import type { Meter, Tracer } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import type pino from 'pino';
import { createLogger } from './logger';
import { createMetrics } from './metrics';
import { createTracing } from './tracing';

export interface TelemetryOptions {
  service: string;
  logLevel?: string;
  /** Share of new traces that are recorded, 0 to 1. */
  sampleRatio?: number;
  otlpEndpoint?: string | undefined;
  /** Where log lines go; stdout when absent. */
  logDestination?: { write(line: string): void };
  /** For tests that look at spans. */
  spanExporter?: SpanExporter;
}

export interface Telemetry {
  log: pino.Logger;
  tracer: Tracer;
  meter: Meter;
  /** All metrics in the Prometheus text format. */
  metricsText(): Promise<string>;
  stop(): Promise<void>;
}

/** Logs, traces and metrics of one process. */
export const createTelemetry = (options: TelemetryOptions): Telemetry => {
  const resource = resourceFromAttributes({ 'service.name': options.service, 'service.namespace': 'throughline' });
  const log = createLogger({
    service: options.service,
    level: options.logLevel ?? 'info',
    destination: options.logDestination,
  });
  const tracing = createTracing({
    service: options.service,
    resource,
    sampleRatio: options.sampleRatio ?? 0.01,
    otlpEndpoint: options.otlpEndpoint,
    spanExporter: options.spanExporter,
  });
  const metrics = createMetrics(options.service, resource);
  return {
    log,
    tracer: tracing.tracer,
    meter: metrics.meter,
    metricsText: metrics.text,
    stop: async () => {
      await Promise.allSettled([tracing.stop(), metrics.stop()]);
    },
  };
};
