import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningProduct, RunOptions } from '@throughline/local';
import { ports as defaultPorts, runProduct } from '@throughline/local';
import { freePort, testScope } from '@throughline/testing';

export interface Running extends RunningProduct {
  kafkaBrokers: string[];
  topicPrefix: string;
  /** Folder with logs and secrets of this run. */
  home: string;
}

/** The whole product for one test file: its own ports, topics and databases on the shared Kafka and MongoDB. */
export async function startProduct(
  name: string,
  options: Pick<RunOptions, 'restart' | 'observe' | 'extraEnv'> = {},
): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), `throughline-${name}-`));
  const { env, topicPrefix, db } = testScope(name);
  const entries = await Promise.all(Object.keys(defaultPorts).map(async (port) => [port, await freePort()] as const));
  const infra = {
    kafkaBrokers: env.KAFKA_BROKERS!,
    mongoUrl: env.MONGO_URL!,
    source: 'test run',
    stop: async () => undefined,
  };
  const ports = Object.fromEntries(entries) as typeof defaultPorts;
  const running = await runProduct(infra, {
    home,
    ports,
    topicPrefix,
    databasePrefix: `${db}-`,
    partitions: 3,
    ...options,
  });
  return {
    ...running,
    kafkaBrokers: env.KAFKA_BROKERS!.split(','),
    topicPrefix,
    home,
    async stop() {
      await running.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
