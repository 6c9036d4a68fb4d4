import type { Meter, Tracer } from '@opentelemetry/api';
import { context, createNoopMeter, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-node';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import type { Logger } from 'pino';
import { pino } from 'pino';

export interface Telemetry {
  log: Logger;
  tracer: Tracer;
  meter: Meter;
  /** Everything measured so far in the Prometheus text format. */
  metricsText(): Promise<string>;
  /** Sends what is buffered. */
  stop(): Promise<void>;
}

export interface TelemetryOptions {
  service: string;
  logLevel?: string | undefined;
  /** Share of traces that begin here and are recorded, 0 to 1. A caller's decision wins. */
  sampleRatio?: number | undefined;
  /** Base URL of an OTLP/HTTP receiver; without it nothing is exported. */
  otlpEndpoint?: string | undefined;
}

const traceIds = () => {
  const span = trace.getSpanContext(context.active());
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
};

function logger(options: TelemetryOptions): Logger {
  return pino({
    level: options.logLevel ?? 'info',
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: traceIds,
    // Only a second net: nothing that names a person is logged in the first place.
    redact: ['authorization', '*.authorization', '*.text', '*.html', '*.email', '*.phone', '*.contactPoint'],
  });
}

function spanProcessors(endpoint: string | undefined): SpanProcessor[] {
  if (!endpoint) return [];
  // Loaded only when used: the exporter costs memory that an idle service should not pay.
  const { OTLPTraceExporter } =
    require('@opentelemetry/exporter-trace-otlp-http') as typeof import('@opentelemetry/exporter-trace-otlp-http');
  return [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }))];
}

/** Logs, traces and metrics of one process. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ 'service.name': options.service });
  const tracing = new NodeTracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio ?? 0.01) }),
    spanProcessors: spanProcessors(options.otlpEndpoint),
  });
  tracing.register({ propagator: null });
  const reader = new PrometheusExporter({ preventServerStart: true });
  const metering = new MeterProvider({ resource, readers: [reader] });
  const serializer = new PrometheusSerializer();
  return {
    log: logger(options),
    tracer: tracing.getTracer('throughline'),
    meter: metering.getMeter('throughline'),
    async metricsText() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors, 'some metrics could not be collected');
      return serializer.serialize(resourceMetrics);
    },
    async stop() {
      await tracing.shutdown();
      await metering.shutdown();
    },
  };
}

/** Silent telemetry, for tests of libraries and for measuring what the real one costs. */
export function noTelemetry(): Telemetry {
  return {
    log: pino({ level: 'silent' }),
    tracer: new ProxyTracerProvider().getTracer('none'),
    meter: createNoopMeter(),
    metricsText: async () => '',
    stop: async () => {},
  };
}
