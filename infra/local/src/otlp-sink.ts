import { appendFileSync, mkdirSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';

/** One span as it was exported. Times are microseconds since 1970. */
export type SunkSpan = {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  service: string;
  name: string;
  startUs: number;
  endUs: number;
  /** Traces that a batch took along beside the one it is part of. */
  links: string[];
};

export type OtlpSink = {
  port: number;
  spans: SunkSpan[];
  stop: () => Promise<void>;
};

type Attribute = { key: string; value: { stringValue?: string } };
type WireSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  links?: { traceId: string }[];
};
type Wire = {
  resourceSpans?: { resource: { attributes: Attribute[] }; scopeSpans: { spans: WireSpan[] }[] }[];
};

// Nanoseconds of this century do not fit a number.
const microseconds = (nano: string): number => Number(BigInt(nano) / 1_000n);

const spansOf = (wire: Wire): SunkSpan[] =>
  (wire.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        service,
        name: span.name,
        startUs: microseconds(span.startTimeUnixNano),
        endUs: microseconds(span.endTimeUnixNano),
        links: (span.links ?? []).map(({ traceId }) => traceId),
      })),
    );
  });

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** Takes traces over OTLP/HTTP in JSON, keeps them in memory and, when told, as lines of a file. */
export const startOtlpSink = async (port: number, file?: string): Promise<OtlpSink> => {
  const spans: SunkSpan[] = [];
  if (file) mkdirSync(dirname(file), { recursive: true });
  const server = createServer((request, response) => {
    bodyOf(request).then(
      (body) => {
        try {
          const fresh = spansOf(JSON.parse(body) as Wire);
          spans.push(...fresh);
          // A day of a laptop fits; whoever wants more runs a collector.
          if (spans.length > 100_000) spans.splice(0, spans.length - 100_000);
          if (file) appendFileSync(file, fresh.map((span) => `${JSON.stringify(span)}\n`).join(''));
          response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        } catch (error) {
          response.writeHead(400, { 'content-type': 'text/plain' }).end((error as Error).message);
        }
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    spans,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
