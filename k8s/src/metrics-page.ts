import { labelBounds, metricCatalogue, seriesOf } from '@throughline/local';

const units: Record<string, string> = { s: 'seconds', ms: 'milliseconds', By: 'bytes', '1': '' };

/** docs/metrics.md. */
export const metricsPage = (): string => {
  const rows = metricCatalogue().map((metric) => {
    const [series = ''] = seriesOf(metric);
    const shown = metric.type === 'histogram' ? series.replace(/_bucket$/, '_{bucket,count,sum}') : series;
    const labels = metric.labels.map((label) => `\`${label}\``).join(' ');
    return `| \`${shown}\` | ${metric.type} | ${units[metric.unit] ?? metric.unit} | ${labels} | ${metric.about} |`;
  });
  const bounds = Object.entries(labelBounds()).map(([label, bound]) => `| \`${label}\` | ${bound} |`);
  return `# Metrics

Made from \`infra/observability/metrics.yaml\` by \`npm run k8s -- render\`; a test compares that file with the code, and another with what
running services tell. Every service answers \`/metrics\` on its operations port, as does every pod on port 9100.

| series | type | unit | labels | what |
|---|---|---|---|---|
${rows.join('\n')}

No label holds an id, an address or a text of a person; each is bounded:

| label | bounded by |
|---|---|
${bounds.join('\n')}
`;
};
