import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { LocalError } from './local-error';
import { fetchTool } from './native/go-tools';
import type { OtlpSink } from './otlp-sink';
import { startOtlpSink } from './otlp-sink';
import { repoRoot } from './paths';
import { listens, mustBeFree } from './ports';
import { lastLines, spawnLogged, stopPid, waitFor } from './processes';

export type ObserveOptions = {
  home: string;
  ports: { prometheus: number; otlp: number };
  /** Operations port by service. */
  targets: Record<string, number>;
  say: (line: string) => void;
};

export type Observing = { sink: OtlpSink; prometheusUrl: string | undefined; stop: () => Promise<void> };

/** Where spans of `npm start -- --observe` are kept. */
export const tracesFile = (home: string): string => join(home, 'traces.jsonl');

const prometheusConfig = (targets: Record<string, number>): string =>
  stringify({
    global: { scrape_interval: '5s', evaluation_interval: '15s' },
    rule_files: [join(repoRoot, 'k8s', 'chart', 'observability', 'rules.yaml')],
    scrape_configs: [
      {
        job_name: 'throughline',
        static_configs: Object.entries(targets).map(([service, port]) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { service },
        })),
      },
    ],
  });

const startPrometheus = async (options: ObserveOptions): Promise<{ url: string; stop: () => Promise<void> }> => {
  const { home, ports, targets, say } = options;
  const binary = await fetchTool('prometheus', say);
  await mustBeFree(ports.prometheus, 'Prometheus');
  const folder = join(home, 'data', 'prometheus');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, prometheusConfig(targets));
  const logFile = join(home, 'logs', 'prometheus.log');
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    '--storage.tsdb.retention.time=2d',
  ];
  const pidFile = join(home, 'run', 'prometheus.pid');
  const child = spawnLogged({ command: binary, args, logFile, pidFile });
  const stop = () => stopPid(child.pid ?? 0, 10_000, pidFile);
  if (await waitFor(() => listens(ports.prometheus), 30_000))
    return { url: `http://127.0.0.1:${ports.prometheus}`, stop };
  await stop();
  throw new LocalError(`Prometheus did not start. The end of ${logFile}:\n  ${lastLines(logFile)}`);
};

/** Takes traces and, where it can be had, runs a Prometheus with our alert rules beside the services. */
export const startObserving = async (options: ObserveOptions): Promise<Observing> => {
  const sink = await startOtlpSink(options.ports.otlp, tracesFile(options.home));
  try {
    const prometheus = await startPrometheus(options);
    return {
      sink,
      prometheusUrl: prometheus.url,
      stop: async () => {
        await prometheus.stop();
        await sink.stop();
      },
    };
  } catch (error) {
    if (!(error instanceof LocalError)) {
      await sink.stop();
      throw error;
    }
    options.say(`without Prometheus: ${error.message}`);
    return { sink, prometheusUrl: undefined, stop: sink.stop };
  }
};
