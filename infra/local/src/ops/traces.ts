import { existsSync, readFileSync } from 'node:fs';
import { LocalError } from '../local-error';
import { tracesFile } from '../observe';
import type { SunkSpan } from '../otlp-sink';

const milliseconds = (us: number): string => `${(us / 1_000).toFixed(1)} ms`;

/** Spans that `npm start -- --observe` has kept. */
export const readSpans = (home: string): SunkSpan[] => {
  const file = tracesFile(home);
  if (!existsSync(file))
    throw new LocalError(`${file} is missing: run npm start -- --observe, then something that is traced.`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SunkSpan);
};

/** One trace as lines: what happened when, counted from its first moment, and how long it took. */
export const traceLines = (spans: SunkSpan[], traceId: string): string[] => {
  const mine = spans.filter((span) => span.traceId === traceId || span.links.includes(traceId));
  const from = Math.min(...mine.map(({ startUs }) => startUs));
  return mine
    .sort((a, b) => a.startUs - b.startUs)
    .map(({ startUs, endUs, service, name, traceId: own }) => {
      const at = `+${milliseconds(startUs - from)}`.padStart(12);
      return `${at}  ${milliseconds(endUs - startUs).padStart(11)}  ${service.padEnd(14)} ${name}${own === traceId ? '' : ' (a batch with others)'}`;
    });
};

/** The newest traces, each with where it began and how many services it went through. */
export const newestTraces = (spans: SunkSpan[], most = 20): string[] => {
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === '').sort((a, b) => b.startUs - a.startUs);
  return roots.slice(0, most).map(({ traceId, service, name, startUs }) => {
    const hops = new Set(spans.filter((span) => span.traceId === traceId).map((span) => span.service));
    return `${traceId}  ${new Date(startUs / 1_000).toISOString()}  ${hops.size} services  ${service} ${name}`;
  });
};
