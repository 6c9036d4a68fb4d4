import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaSecurity } from '@throughline/bus';
import { createBus } from '@throughline/bus';
import { repoRoot, startKafka, startMongo, topicCatalogue } from '@throughline/local';
import { connectStore } from '@throughline/store';
import { noTelemetry } from '@throughline/telemetry';
import { eventually, freePort, selfSigned } from '@throughline/testing';
import { chatMessage, pause } from '../src/world';

const telemetry = noTelemetry();
const { cert, key } = selfSigned('localhost');
const stranger = selfSigned('localhost').cert;
const sasl = { username: 'throughline-journey', password: 'a password only for tests' };
const home = mkdtempSync(join(tmpdir(), 'throughline-secured-'));
const say = (line: string) => console.info(line);

let broker = '';
let mongoUrl = '';
const stops: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  const [port, controllerPort, secure, mongoPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const tlsKeyFile = join(home, 'mongo.pem');
  writeFileSync(tlsKeyFile, key + cert, { mode: 0o600 });
  const servers = await Promise.all([
    startKafka({
      home,
      port: port!,
      controllerPort: controllerPort!,
      say,
      secure: { port: secure!, cert, key, ...sasl },
    }),
    startMongo({ home, port: mongoPort!, say, tlsKeyFile }),
  ]);
  for (const server of servers) stops.push(server.stop);
  broker = `localhost:${secure}`;
  mongoUrl = `mongodb://localhost:${mongoPort}/?directConnection=true`;
}, 120_000);
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(home, { recursive: true, force: true });
}, 60_000);

const busWith = (security: KafkaSecurity) =>
  createBus({ brokers: [broker], clientId: 'secured', topicPrefix: '', telemetry, security });

const connects = async (security: KafkaSecurity, withinMs: number): Promise<boolean> => {
  const bus = busWith(security);
  await bus.start();
  for (const end = Date.now() + withinMs; Date.now() < end && bus.notReady().length > 0; ) await pause(100);
  // A line alone is no log-in: only a question shows whether the broker listens.
  const answers = () =>
    bus.admin.listTopics().then(
      () => true,
      () => false,
    );
  const connected = bus.notReady().length === 0 && (await answers());
  await bus.stop();
  return connected;
};

test.each(['plain', 'scram-sha-512'] as const)(
  'Kafka over TLS takes who proves itself by %s',
  async (mechanism) => {
    const tls = { ca: cert };
    expect(await connects({ tls, sasl: { mechanism, ...sasl } }, 20_000)).toBe(true);
    expect(await connects({ tls, sasl: { mechanism, ...sasl, password: 'another' } }, 2_000)).toBe(false);
    expect(await connects({ tls }, 2_000)).toBe(false);
    expect(await connects({ tls: { ca: stranger }, sasl: { mechanism, ...sasl } }, 2_000)).toBe(false);
  },
  60_000,
);

test('MongoDB over TLS is believed only with a certificate that its authority vouches for', async () => {
  const connectsWith = async (tlsCa: string, withinMs: number): Promise<boolean> => {
    const store = connectStore({ url: mongoUrl, db: 'secured', telemetry, tlsCa, serverSelectionTimeoutMs: 1_000 });
    const begun = store.start().then(() => store.ping());
    const there = await Promise.race([
      begun.then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((resolve) => void setTimeout(resolve, withinMs, false).unref()),
    ]);
    await store.stop();
    await begun.catch(() => undefined);
    return there;
  };
  expect(await connectsWith(cert, 20_000)).toBe(true);
  expect(await connectsWith(stranger, 2_500)).toBe(false);
}, 60_000);

test('a service works over both', async () => {
  const bus = busWith({ tls: { ca: cert }, sasl: { mechanism: 'scram-sha-512', ...sasl } });
  await bus.start();
  stops.push(bus.stop);
  await bus.admin.ensureTopics(topicCatalogue().map(({ name }) => ({ name, partitions: 1 })));
  const opsPort = await freePort();
  let said = '';
  const child: ChildProcess = spawn(process.execPath, [join(repoRoot, 'services', 'journey', 'dist', 'main.js')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      KAFKA_BROKERS: broker,
      KAFKA_TLS_CA: cert,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: sasl.username,
      KAFKA_SASL_PASSWORD: sasl.password,
      MONGO_URL: mongoUrl,
      MONGO_TLS_CA: cert,
      CALLER_PUBLIC_KEY: 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=',
      GRPC_PORT: '0',
      OPS_PORT: String(opsPort),
    },
  });
  child.stdout?.on('data', (piece) => {
    said += piece;
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  stops.push(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  await eventually(
    'journey is ready',
    async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
    60_000,
  );
  await bus.producer.publish([chatMessage('t1', 1, Date.now()).record]);
  await eventually('journey has read it', async () => (await bus.admin.lag('journey', ['channel.inbound.v1'])) === 0);
  expect(said).not.toContain(sasl.password);
}, 120_000);
