import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Telemetry } from '../src';
import {
  activeTraceparent,
  context,
  contextFromTraceparent,
  createIntake,
  createTelemetry,
  formatTraceparent,
  noTelemetry,
  parseTraceparent,
  pii,
  sampledTraceparent,
  startOpsServer,
  trace,
} from '../src';

const sampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const lines: string[] = [];
const spans = new InMemorySpanExporter();
let telemetry: Telemetry;

beforeAll(() => {
  telemetry = createTelemetry({
    service: 'demo',
    sampleRatio: 0,
    logDestination: { write: (line) => void lines.push(line) },
    spanExporter: spans,
  });
});
beforeEach(() => void lines.splice(0));
afterAll(() => telemetry.stop());

const lastLine = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;

describe('traceparent', () => {
  it('is read and written', () => expect(formatTraceparent(parseTraceparent(sampled)!)).toBe(sampled));

  it.each([
    undefined,
    '',
    'x',
    sampled.replace('00-', 'ff-'),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
    sampled.toUpperCase(),
    `${sampled}-${'x'.repeat(200)}`,
  ])('%s counts as absent', (header) => expect(parseTraceparent(header)).toBeUndefined());
});

describe('traces', () => {
  it('follow the decision of the sender and start none of their own at ratio 0', async () => {
    telemetry.tracer.startSpan('dropped').end();
    telemetry.tracer.startSpan('kept', {}, contextFromTraceparent(sampled)).end();
    await (trace.getTracerProvider() as unknown as { getDelegate(): { forceFlush(): Promise<void> } })
      .getDelegate()
      .forceFlush();
    expect(spans.getFinishedSpans().map((span) => span.name)).toEqual(['kept']);
    expect(spans.getFinishedSpans()[0]!.spanContext().traceId).toBe(parseTraceparent(sampled)!.traceId);
  });

  it('reach log lines and outgoing calls through async work', async () => {
    await context.with(contextFromTraceparent(sampled), async () => {
      await new Promise(setImmediate);
      telemetry.log.info('inside');
      expect(activeTraceparent()).toBe(sampled);
    });
    expect(lastLine()).toMatchObject({ trace_id: '0af7651916cd43dd8448eb211c80319c', service: 'demo', level: 'info' });
    telemetry.log.info('outside');
    expect(lastLine()).not.toHaveProperty('trace_id');
  });
});

describe('logs', () => {
  it('show personal values only as a short hash', () => {
    telemetry.log.info({ who: pii('ada@example.org') }, `mail from ${pii('ada@example.org')}`);
    expect(lines.at(-1)).not.toContain('ada@');
    expect(lastLine()['who']).toMatch(/^\[pii:[0-9a-f]{8}\]$/);
    expect(lastLine()['msg']).toContain(lastLine()['who']);
  });

  it('take personal values out of errors that libraries wrote', () => {
    const cause = new Error(`E11000 dup key: { email: "canary-one", phone: '+49 30 901820' } canary@example.org`);
    telemetry.log.error({ err: new Error('failed for canary@example.org at +4930901820', { cause }) }, 'oops');
    telemetry.log.error({ err: 'thrown canary@example.org' }, 'oops');
    for (const line of lines) expect(line).not.toMatch(/canary|901820/);
    expect(JSON.parse(lines[0]!).err.stack[0]).toMatch(/telemetry\.test/);
  });

  it('drop fields that nobody should log', () => {
    telemetry.log.info({ text: 'canary', email: 'canary', token: 'canary' }, 'x');
    expect(lines.at(-1)).not.toContain('canary');
  });

  it('keep one line per entry whatever the text', () => {
    telemetry.log.info({ id: 'a\n{"level":"fatal"}\u001b[31m\u2028' }, 'x\r\ny');
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).not.toMatch(/[\n\r\u001b]/);
  });
});

describe('operations port', () => {
  it('answers alive, ready with reasons, and metrics', async () => {
    let reasons: string[] = ['kafka'];
    telemetry.meter.createCounter('throughline.demo.things.done').add(3, { kind: 'a' });
    const server = await startOpsServer({ port: 0, telemetry, ready: () => reasons });
    const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
    expect((await get('/livez')).status).toBe(200);
    const waiting = await get('/readyz');
    expect([waiting.status, await waiting.json()]).toEqual([503, { ready: false, reasons: ['kafka'] }]);
    reasons = [];
    expect((await get('/readyz')).status).toBe(200);
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain('throughline_demo_things_done_total{kind="a"} 3');
    expect(metrics).toContain('process_memory_usage');
    expect((await get('/nothing')).status).toBe(404);
    await server.stop();
    await expect(get('/livez')).rejects.toThrow();
  });

  it('refuses a port that is taken', async () => {
    const server = await startOpsServer({ port: 0, telemetry, ready: () => [] });
    await expect(startOpsServer({ port: server.port, telemetry, ready: () => [] })).rejects.toThrow(/EADDRINUSE/);
    await server.stop();
  });
});

it('can be nothing at all', async () => {
  const none = noTelemetry();
  none.log.info('x');
  none.meter.createCounter('x').add(1);
  none.tracer.startActiveSpan('x', (span) => span.end());
  expect(await none.metricsText()).toBe('');
  await none.stop();
});

describe('the door of a channel', () => {
  const exported = () => spans.getFinishedSpans().filter(({ name }) => name === 'receive mail');

  it('begins a trace that messages carry on, and times the answer by channel and outcome', async () => {
    // A sender who decides to be traced decides for us as well; the tracer of this file samples nothing by itself.
    const intake = createIntake(telemetry, 'email');
    const carried = await context.with(contextFromTraceparent(sampled), () =>
      intake('mail', async () => sampledTraceparent()),
    );
    expect(parseTraceparent(carried)?.traceId).toBe(parseTraceparent(sampled)!.traceId);
    expect(carried).not.toBe(sampled);
    const lost = intake('mail', () => Promise.reject(new Error('Kafka is away')));
    await expect(lost).rejects.toThrow('Kafka is away');
    await (trace.getTracerProvider() as unknown as { getDelegate(): { forceFlush(): Promise<void> } })
      .getDelegate()
      .forceFlush();
    expect(exported().map(({ kind }) => kind)).toEqual([1]);
    const text = await telemetry.metricsText();
    for (const outcome of ['acknowledged', 'failed'])
      expect(text).toContain(
        `throughline_intake_acknowledgement_duration_count{channel="email",outcome="${outcome}"} 1`,
      );
  });

  it('adds nothing to messages whose trace is not recorded', async () => {
    expect(await createIntake(telemetry, 'chat')('message', async () => sampledTraceparent())).toBeUndefined();
  });
});
