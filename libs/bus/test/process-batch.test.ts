import type { TelemetryOptions } from '@throughline/telemetry';
import { createTelemetry } from '@throughline/telemetry';
import { processBatch } from '../src/consumer/process-batch';
import { noCrash } from '../src/crash-point';
import { createParking } from '../src/dead-letters/parking';
import type { IncomingEvent, Producer, RawMessage } from '../src/types';

type Exporter = NonNullable<TelemetryOptions['spanExporter']>;
type Spans = Parameters<Exporter['export']>[0];

const spanId = (n: number): string => n.toString(16).padStart(16, 'a');
const parentOf = (n: number, flags = '01'): string => `00-${n.toString(16).padStart(32, 'f')}-${spanId(n)}-${flags}`;

/** A message whose `traceparent` says when it is looked at. */
const messageOf = (n: number, traceparent: string | undefined, look: () => void): RawMessage => {
  const bytes = Buffer.from(traceparent ?? '');
  bytes.toString = () => {
    look();
    return traceparent ?? '';
  };
  const headers = traceparent === undefined ? {} : { traceparent: bytes };
  return {
    topic: 'facts.v1',
    partition: 0,
    offset: String(n),
    key: null,
    value: Buffer.alloc(0),
    headers,
    timestamp: 0,
  };
};

/** Spans of one batch, and how many headers were looked at. */
const run = async (parents: (string | undefined)[]): Promise<{ spans: Spans; looked: number; handled: number }> => {
  const spans: Spans = [];
  const spanExporter: Exporter = {
    export(more, done) {
      spans.push(...more);
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  const telemetry = createTelemetry({ service: 'demo', logLevel: 'silent', spanExporter });
  let looked = 0;
  let handled = 0;
  const messages = parents.map((parent, n) => messageOf(n, parent, () => looked++));
  await processBatch(
    {
      group: 'readers',
      handle: async (deliveries) => {
        handled += deliveries.length;
      },
      parking: createParking({ load: async () => [], park: async () => undefined, unpark: async () => undefined }),
      producer: {} as Producer,
      telemetry,
      maxEventBytes: 1_000,
      decode: () => ({}) as IncomingEvent,
      crashPoint: noCrash,
    },
    messages,
    { heartbeat: async () => undefined, isStale: () => false },
  );
  await telemetry.stop();
  return { spans, looked, handled };
};

test('a large batch is one span: child of the first that is recorded, linked to 31 more, and the rest is not looked at', async () => {
  const parents = Array.from({ length: 500 }, (_, n) => parentOf(n + 1));
  const { spans, looked, handled } = await run([undefined, parentOf(900, '00'), ...parents]);
  expect(spans.map(({ name }) => name)).toEqual(['process facts.v1']);
  expect(spans[0]!.parentSpanContext?.spanId).toBe(spanId(1));
  expect(spans[0]!.links.map(({ context }) => context.spanId)).toEqual(
    Array.from({ length: 31 }, (_, i) => spanId(i + 2)),
  );
  expect(spans[0]!.attributes['messaging.batch.message_count']).toBe(502);
  expect([looked, handled]).toEqual([33, 502]);
});

test('a batch of which nothing is recorded is no span', async () => {
  const { spans, handled } = await run([undefined, parentOf(1, '00'), 'malformed']);
  expect([spans.length, handled]).toEqual([0, 3]);
});
