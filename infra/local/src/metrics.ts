import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repoRoot } from './paths';

/** One metric of the catalogue `infra/observability/metrics.yaml`. */
export type Metric = {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  unit: string;
  labels: string[];
  about: string;
};

const readFile = () =>
  parse(readFileSync(join(repoRoot, 'infra/observability/metrics.yaml'), 'utf8')) as {
    labels: Record<string, string>;
    metrics: (Omit<Metric, 'labels'> & { labels?: string[] })[];
  };

/** All metrics of the catalogue. */
export const metricCatalogue = (): Metric[] => readFile().metrics.map((metric) => ({ labels: [], ...metric }));

/** What bounds each label. */
export const labelBounds = (): Record<string, string> => readFile().labels;

/** Names under which Prometheus knows a metric. */
export const seriesOf = ({ name, type }: Metric): string[] => {
  const base = name.replace(/[^a-zA-Z0-9_]/g, '_');
  if (type === 'counter') return [`${base}_total`];
  return type === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${base}_${part}`) : [base];
};
