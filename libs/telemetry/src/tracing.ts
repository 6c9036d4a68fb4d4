import type { Context, Tracer } from '@opentelemetry/api';
import type { resourceFromAttributes } from '@opentelemetry/resources';
import type { Sampler, SamplingResult, SpanExporter } from '@opentelemetry/sdk-trace-node';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';

export interface TracingOptions {
  service: string;
  resource: ReturnType<typeof resourceFromAttributes>;
  sampleRatio: number;
  otlpEndpoint?: string | undefined;
  spanExporter?: SpanExporter | undefined;
}

// Loaded only when somebody listens: it costs memory and start time in every process.
const otlpExporter = (endpoint: string): SpanExporter => {
  const { OTLPTraceExporter } =
    require('@opentelemetry/exporter-trace-otlp-http') as typeof import('@opentelemetry/exporter-trace-otlp-http');
  return new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: 5000 });
};

// Only trace id and parent decide; the default would also look at every attribute and link given to it.
const byRatio = (ratio: number): Sampler => {
  const inner = new TraceIdRatioBasedSampler(ratio);
  return {
    shouldSample: (parent: Context, traceId: string): SamplingResult => inner.shouldSample(parent, traceId),
    toString: () => inner.toString(),
  };
};

/** Spans follow the decision of their parent; new traces are sampled by ratio, or never when nobody listens. */
export const createTracing = (options: TracingOptions): { tracer: Tracer; stop(): Promise<void> } => {
  const exporter = options.spanExporter ?? (options.otlpEndpoint ? otlpExporter(options.otlpEndpoint) : undefined);
  const provider = new NodeTracerProvider({
    resource: options.resource,
    sampler: new ParentBasedSampler({ root: exporter ? byRatio(options.sampleRatio) : new AlwaysOffSampler() }),
    spanProcessors: exporter ? [new BatchSpanProcessor(exporter, { maxQueueSize: 2048 })] : [],
    spanLimits: { attributeCountLimit: 32, linkCountLimit: 128, attributeValueLengthLimit: 256 },
  });
  provider.register();
  return { tracer: provider.getTracer(options.service), stop: () => provider.shutdown() };
};
