import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clean } from '../measure/check';
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

/** Both sides read the same bytes; an event that belongs to no trace costs nothing to trace. */
const workloadOf = (events: number) => () => traced(channelMix(events));

/** Every trace recorded and exported, metrics counted, logs written. */
const fullRun = async (bench: Bench, events: number, known: { rows: number }): Promise<Run & { exports: number }> => {
  const sink = await startSink();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, TRACE_SAMPLE_RATIO: '1', LOG_LEVEL: 'info' };
  try {
    const run = await runOurs(bench, events, known, () => ({ env }), workloadOf(events));
    return { ...run, exports: sink.requests() };
  } finally {
    await sink.stop();
  }
};

const silentRun = async (bench: Bench, events: number, known: { rows: number }): Promise<Run & { exports: number }> => {
  const silent = (SERVICE: string) => ({ program: 'tests/load/dist/floors/silent-service.js', env: { SERVICE } });
  return { ...(await runOurs(bench, events, known, silent, workloadOf(events))), exports: 0 };
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
        `B12 ${pairName(i)}: full ${ours.perSecond.toFixed(0)}/s, off ${floor.perSecond.toFixed(0)}/s, ratio ${(ours.perSecond / floor.perSecond).toFixed(2)}, CPU ${cpuText(ours)} / ${cpuText(floor)} s per million, ${ours.exports} exports`,
      ),
  );
  const rate = ratioOf(pairs.map(({ ours, floor }) => ({ ours: ours.perSecond, floor: floor.perSecond })));
  const cpu = ratioOf(pairs.map(({ ours, floor }) => ({ ours: floor.cpuPerMillion, floor: ours.cpuPerMillion })));
  // Full is only full when something was exported.
  const correct = pairs.every(({ ours, floor }) => clean(ours.verdict) && clean(floor.verdict) && ours.exports > 0);
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
