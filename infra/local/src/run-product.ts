import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Infra } from './find-infra';
import { startMailSink } from './mail-sink';
import { startMessageProvider } from './message-provider';
import type { Observing } from './observe';
import { startObserving } from './observe';
import { ports as defaultPorts, mustBeFree } from './ports';
import { loadSecrets } from './secrets';
import type { RunningService } from './services/supervise';
import { stopLeftovers, superviseService, waitUntilReady } from './services/supervise';
import type { Product, World } from './services/table';
import { productOf, serviceTable } from './services/table';
import { createTopics } from './topics';

export type RunOptions = {
  /** Folder that holds secrets, logs and mails of this world. */
  home: string;
  ports?: typeof defaultPorts;
  topicPrefix?: string;
  databasePrefix?: string;
  partitions?: number;
  extraEnv?: Record<string, string>;
  restart?: boolean;
  /** Also takes every trace and runs a Prometheus. */
  observe?: boolean;
  /** Cuts the start short: what was begun is stopped and the start fails. */
  signal?: AbortSignal;
  say?: (line: string) => void;
};

export type RunningProduct = {
  product: Product;
  services: RunningService[];
  observing: Observing | undefined;
  stop: () => Promise<void>;
};

/** Starts every service of the product on a Kafka and MongoDB that are there, and waits until all are ready. */
export const runProduct = async (infra: Infra, options: RunOptions): Promise<RunningProduct> => {
  const { home, ports = defaultPorts, say = () => undefined } = options;
  const secrets = loadSecrets(join(home, 'secrets.json'));
  const tracing: Record<string, string> = options.observe
    ? { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.otlp}`, TRACE_SAMPLE_RATIO: '1' }
    : {};
  const world: World = { infra, secrets, ports, ...options, extraEnv: { ...tracing, ...options.extraEnv } };
  const specs = serviceTable(world);
  const runFolder = join(home, 'run');
  const leftovers = await stopLeftovers(
    specs.map(({ name }) => name),
    runFolder,
  );
  if (leftovers.length > 0) say(`stopped what a killed start left behind: ${leftovers.join(', ')}`);
  for (const [name, port] of Object.entries(ports)) {
    if (!/^(kafka|kafkaController|mongo)$/.test(name)) await mustBeFree(port, name);
  }
  const created = await createTopics({
    brokers: infra.kafkaBrokers,
    prefix: options.topicPrefix ?? '',
    ...(options.partitions ? { partitions: options.partitions } : {}),
  });
  if (created.length > 0) say(`created ${created.length} topics`);
  const mailFolder = join(home, 'mail');
  const sink = await startMailSink(ports.mailSink, mailFolder);
  const provider = await startMessageProvider({
    port: ports.messageProvider,
    accountSid: 'AClocal',
    authToken: secrets.notificationSecret,
    file: join(home, 'messages.jsonl'),
  });
  const logFolder = join(home, 'logs');
  mkdirSync(logFolder, { recursive: true });
  const targets = Object.fromEntries(specs.map(({ name, opsPort }) => [name, opsPort]));
  const observing = options.observe ? await startObserving({ home, ports, targets, say }) : undefined;
  const services: RunningService[] = [];
  const runFile = join(home, 'run.json');
  const stop = async () => {
    rmSync(runFile, { force: true });
    // Adapters first, so that nothing new comes in while the rest drains.
    for (const service of [...services].reverse()) await service.stop();
    await sink.stop();
    await provider.stop();
    await observing?.stop();
  };
  try {
    const restart = options.restart ?? true;
    for (const spec of specs) services.push(superviseService(spec, { logFolder, runFolder, say, restart }));
    await waitUntilReady(services, 90_000, say, options.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  const product = productOf(world, mailFolder);
  writeFileSync(runFile, `${JSON.stringify(product, null, 2)}\n`, { mode: 0o600 });
  return { product, services, observing, stop };
};
