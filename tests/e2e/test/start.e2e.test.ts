import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ports as defaultPorts, runProduct } from '@throughline/local';
import { eventually, freePort, testScope } from '@throughline/testing';

const listening = () =>
  new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
const closed = (server: ReturnType<typeof createServer>) => new Promise((resolve) => server.close(resolve));
const portOf = (server: ReturnType<typeof createServer>) => (server.address() as AddressInfo).port;

const { env, topicPrefix, db } = testScope('start');
const infra = {
  kafkaBrokers: env.KAFKA_BROKERS!,
  mongoUrl: env.MONGO_URL!,
  source: 'test run',
  stop: async () => undefined,
};
const home = mkdtempSync(join(tmpdir(), 'throughline-start-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const freePorts = async (): Promise<typeof defaultPorts> => {
  const found = await Promise.all(Object.keys(defaultPorts).map(async (name) => [name, await freePort()] as const));
  return Object.fromEntries(found) as typeof defaultPorts;
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

// Each service answers its operators on a port of its own.
const services = Object.keys(defaultPorts).filter((name) => name.endsWith('Ops')).length;
const options = { home, topicPrefix, databasePrefix: `${db}-`, partitions: 1 };

test('a start that is interrupted stops what it has begun', async () => {
  const interrupt = new AbortController();
  const starting = runProduct(infra, { ...options, ports: await freePorts(), signal: interrupt.signal });
  const failed = expect(starting).rejects.toThrow('interrupted');
  const begun = await eventually('services begun', () => {
    const files = readdirSync(join(home, 'run')).filter((name) => name.endsWith('.pid'));
    return (
      files.length >= services &&
      files.map((name) => Number(readFileSync(join(home, 'run', name), 'utf8').split(' ')[0]))
    );
  });
  interrupt.abort();
  await failed;
  expect(begun).toHaveLength(services);
  expect(begun.filter(isRunning)).toEqual([]);
  expect(readdirSync(join(home, 'run'))).toEqual([]);
}, 60_000);

test('a port that another program holds is named before anything is begun', async () => {
  const taken = await listening();
  const ports = { ...(await freePorts()), rest: portOf(taken) };
  await expect(runProduct(infra, { ...options, ports })).rejects.toThrow(
    `Port ${ports.rest} (rest) is in use by another program. Stop it, or move all our ports: THROUGHLINE_PORT_OFFSET=1000`,
  );
  await closed(taken);
  expect(readdirSync(join(home, 'run'))).toEqual([]);
}, 60_000);
