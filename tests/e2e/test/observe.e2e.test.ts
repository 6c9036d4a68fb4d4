import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SunkSpan } from '@throughline/local';
import { labelBounds, metricCatalogue, seriesOf } from '@throughline/local';
import { eventually } from '@throughline/testing';
import { openChat } from '../src/world/chat';
import { sendMail } from '../src/world/mail';
import type { Running } from '../src/world/run';
import { startProduct } from '../src/world/run';
import { customerOf, readTimeline } from '../src/world/timeline';
import { postCallEvent } from '../src/world/voice';

// What a person wrote or is: none of it may be in a log line, a span or a metric.
const person = {
  email: 'quillon.canary@example.org',
  name: 'Quillon Canary',
  phone: '+493012340777',
  subject: 'Canary subject 4711',
  text: 'canary words that nobody may log',
};

let running: Running;
beforeAll(async () => {
  running = await startProduct('observe', { observe: true, restart: false, extraEnv: { LOG_LEVEL: 'debug' } });
}, 240_000);
afterAll(() => running?.stop(), 60_000);

const spansOf = (traceId: string): SunkSpan[] =>
  running.observing!.sink.spans.filter((span) => span.traceId === traceId || span.links.includes(traceId));

const promql = async (query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
  const url = `${running.observing!.prometheusUrl}/api/v1/query?query=${encodeURIComponent(query)}`;
  const { data } = (await (await fetch(url)).json()) as { data: { result: [] } };
  return data.result;
};

test('one trace shows a mail from SMTP over Kafka and the conversation to the timeline, with its times', async () => {
  const { product } = running;
  await sendMail(product, { from: `${person.name} <${person.email}>`, subject: person.subject, text: person.text });
  const customer = await eventually('the customer', () => customerOf(product, 'EMAIL', person.email));
  await eventually('the mail on the timeline', async () =>
    (await readTimeline(product, customer.id)).some(({ type }) => type.endsWith('MessageReceived')) ? true : undefined,
  );
  const steps = [
    ['channel-email', 'receive mail'],
    ['conversation', 'process channel.inbound.v1'],
    ['journey', 'process conversation.conversations.v1'],
  ] as const;
  const found = await eventually('the whole trace', () => {
    const received = running.observing!.sink.spans.find(({ name }) => name === 'receive mail');
    if (!received) return undefined;
    const trace = spansOf(received.traceId);
    const path = steps.map(([service, name]) => trace.find((span) => span.service === service && span.name === name));
    return path.every(Boolean) ? (path as SunkSpan[]) : undefined;
  });
  const [mail, conversation, journey] = found as [SunkSpan, SunkSpan, SunkSpan];
  expect(mail.parentSpanId).toBe('');
  for (const span of found) expect(span.endUs).toBeGreaterThan(span.startUs);
  // Each hop begins after the one before it began, and the last ends last: the times tell the way.
  expect(conversation.startUs).toBeGreaterThanOrEqual(mail.startUs);
  expect(journey.startUs).toBeGreaterThanOrEqual(conversation.startUs);
  expect(journey.endUs).toBeGreaterThan(mail.endUs);
}, 120_000);

test('what services tell is in the catalogue, with the labels it lists, and nothing personal is anywhere', async () => {
  const { product } = running;
  const chat = await openChat(product, { id: 'visitor-canary', name: person.name, email: person.email });
  await chat.say('m1', person.text);
  chat.close();
  const params = { CallSid: 'CA777', From: person.phone, To: '+493012345678', Direction: 'inbound' };
  await postCallEvent(product, 'incoming', { ...params, SequenceNumber: '0' });
  const listed = new Map(metricCatalogue().flatMap((metric) => seriesOf(metric).map((series) => [series, metric])));
  const bounds = labelBounds();
  const targets = await eventually('every service scraped', async () => {
    const up = await promql('up');
    return up.length === running.services.length && up.every(({ value }) => value[1] === '1') ? up : undefined;
  });
  for (const { metric } of targets) {
    const text = await (await fetch(`http://${metric['instance']}/metrics`)).text();
    const lines = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('target_info'));
    expect(lines.length).toBeGreaterThan(5);
    const wrong = lines.flatMap((line) => {
      const [, series = '', labels = ''] = /^([a-z0-9_]+)(?:\{(.*)\})? /.exec(line) ?? [];
      const known = listed.get(series);
      if (!known) return [`${metric['service']}: ${series}`];
      const names = [...labels.matchAll(/([a-z_]+)="/g)].map((match) => match[1]!).filter((name) => name !== 'le');
      return names.filter((name) => !known.labels.includes(name) || !bounds[name]).map((name) => `${series}: ${name}`);
    });
    expect([...new Set(wrong)]).toEqual([]);
    for (const canary of Object.values(person)) expect(text).not.toContain(canary);
  }
  const spans = JSON.stringify(running.observing!.sink.spans);
  const logs = readdirSync(join(running.home, 'logs')).filter((name) => name !== 'prometheus.log');
  expect(logs.length).toBeGreaterThanOrEqual(running.services.length);
  for (const canary of Object.values(person)) {
    expect(spans).not.toContain(canary);
    const telling = logs.filter((name) => readFileSync(join(running.home, 'logs', name), 'utf8').includes(canary));
    expect(telling).toEqual([]);
  }
}, 120_000);

test('a service that is killed shows in Prometheus, and its alert is on its way', async () => {
  const journey = running.services.find(({ name }) => name === 'journey')!;
  const rules = await fetch(`${running.observing!.prometheusUrl}/api/v1/rules`).then((answer) => answer.text());
  expect(rules).toContain('ServiceDown');
  process.kill(journey.pid()!, 'SIGKILL');
  await eventually('up of journey at 0', async () =>
    (await promql('up{service="journey"} == 0')).length > 0 ? true : undefined,
  );
  expect(await promql('up{service="conversation"} == 0')).toEqual([]);
  const pending = await eventually(
    'the alert of the killed instance',
    async () => {
      const alerts = await promql('ALERTS{alertname="InstanceDown",service="journey"}');
      return alerts.length > 0 ? alerts : undefined;
    },
    45_000,
  );
  expect(pending[0]!.metric['alertstate']).toBe('pending');
}, 90_000);
