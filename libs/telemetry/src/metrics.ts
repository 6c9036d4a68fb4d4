import type { Meter } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { watchRuntime } from './runtime-metrics';

export interface Metrics {
  meter: Meter;
  text(): Promise<string>;
  stop(): Promise<void>;
}

/** Metrics that are read, never pushed: the operations port asks for the text. */
export const createMetrics = (service: string, resource: ReturnType<typeof resourceFromAttributes>): Metrics => {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  const meter = provider.getMeter(service);
  watchRuntime(meter);
  return {
    meter,
    text: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    stop: () => provider.shutdown(),
  };
};
