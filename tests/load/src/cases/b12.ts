import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';
import { clean } from '../measure/check';
import type { ServiceChild } from '../measure/children';
import type { Bench } from '../measure/context';
import { cpuText } from '../measure/drain';
import { interleave, pairName, ratioOf } from '../measure/pairs';
import { channelMix, traced } from '../workload/channel-mix';
import type { Run } from './b2';
import { runOurs } from './b2';
import { drainLine, spread } from './lines';
import type { Case } from './types';

/** Takes what is exported and throws it away: a collector is not the subject. */
const startSink = async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Three times as often as Prometheus does on a cluster. */
const SCRAPE_MS = 5_000;

/** Reads the metrics of these services now and then; gives how often they answered. */
const startScraping = (services: ServiceChild[]): { stop(): Promise<number> } => {
  let answered = 0;
  let reading: Promise<unknown> = Promise.resolve();
  const scrape = async ({ opsPort }: ServiceChild) => {
    const answer = await fetch(`http://127.0.0.1:${opsPort}/metrics`).catch(() => undefined);
    if (answer?.ok && /throughline_bus_events_consumed_total/.test(await answer.text())) answered++;
  };
  const round = () => {
    reading = Promise.all(services.map(scrape));
  };
  const timer = setInterval(round, SCRAPE_MS);
  return {
    async stop() {
      clearInterval(timer);
      await reading;
      // However short a run is, its metrics have been there.
      round();
      await reading;
      return answered;
    },
  };
};

/** What left a service during a run: requests with spans, pages of metrics. */
type Told = Run & { exports: number; pages: number };

/** Both sides read the same bytes; an event that belongs to no trace costs nothing to trace. */
const workloadOf = (events: number) => () => traced(channelMix(events));

const PROGRAM = 'tests/load/dist/floors/telemetry-service.js';
const folderOf = (service: string): string => join(repoRoot, 'services', service, 'dist');

/** Every trace recorded and exported, metrics counted and read, logs written. */
const fullRun = async (bench: Bench, events: number, known: { rows: number }): Promise<Told> => {
  const sink = await startSink();
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, TRACE_SAMPLE_RATIO: '1', LOG_LEVEL: 'info' };
  const manner = (service: string) => ({
    program: PROGRAM,
    env: { ...settings, TELEMETRY: 'on', SERVICE_FOLDER: folderOf(service) },
  });
  let pages = 0;
  const beside = (services: ServiceChild[]) => {
    const scraping = startScraping(services);
    return async () => {
      pages = await scraping.stop();
    };
  };
  try {
    const run = await runOurs(bench, events, known, manner, workloadOf(events), beside);
    return { ...run, exports: sink.requests(), pages };
  } finally {
    await sink.stop();
  }
};

const silentRun = async (bench: Bench, events: number, known: { rows: number }): Promise<Told> => {
  const manner = (service: string) => ({
    program: PROGRAM,
    env: { TELEMETRY: 'off', SERVICE_FOLDER: folderOf(service) },
  });
  return { ...(await runOurs(bench, events, known, manner, workloadOf(events))), exports: 0, pages: 0 };
};

const servicesOf = ({ cpuBy }: Run): number => (cpuBy['journey'] ?? 0) + (cpuBy['conversation'] ?? 0);

/** What telemetry costs on the way of b2: by rate, and by processor time, which a busy machine disturbs less. */
export const b12: Case = async (bench, options) => {
  const events = options.events ?? 200_000;
  const known = { rows: 0 };
  const pairs = await interleave(
    options,
    () => fullRun(bench, events, known),
    () => silentRun(bench, events, known),
    ({ ours, floor }, i) =>
      bench.say(
        `B12 ${pairName(i)}: full ${ours.perSecond.toFixed(0)}/s, off ${floor.perSecond.toFixed(0)}/s, ratio ${(ours.perSecond / floor.perSecond).toFixed(2)}, CPU ${cpuText(ours)} / ${cpuText(floor)} s per million, ${ours.exports} exports, ${ours.pages} pages`,
      ),
  );
  const rate = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
  const cpu = ratioOf(pairs.map(({ ours, floor }) => ({ ours: floor.cpuPerMillion, floor: ours.cpuPerMillion })));
  // Full is only full when something was exported and read.
  const told = ({ exports, pages }: Told) => exports > 0 && pages > 0;
  const correct = pairs.every(({ ours, floor }) => clean(ours.verdict) && clean(floor.verdict) && told(ours));
  const text = (of: (run: Run) => number, side: 'ours' | 'floor') =>
    `${(pairs.reduce((sum, pair) => sum + of(pair[side]), 0) / pairs.length).toFixed(1)} CPU-s/M`;
  return {
    lines: [
      drainLine('B12', `b2 with all telemetry ÷ without, ${events} events, events/s`, pairs, rate, 0.95, correct),
      {
        case: 'B12',
        what: 'the same by processor time of everything: without ÷ with all',
        ours: `${text((run) => run.cpuPerMillion, 'ours')}, services ${text(servicesOf, 'ours')}`,
        floor: `${text((run) => run.cpuPerMillion, 'floor')}, services ${text(servicesOf, 'floor')}`,
        ratio: spread(cpu),
        goal: '≥ 0.95',
        met: cpu.median >= 0.95,
        correct,
      },
    ],
    detail: { events, pairs, rate, cpu },
  };
};
