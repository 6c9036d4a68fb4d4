import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecrets, ports, repoRoot, serviceTable } from '@throughline/local';
import { mongo } from 'mongoose';
import { infra } from '../src/infra';

const prefix = `mg${process.pid.toString(36)}${Date.now().toString(36)}-`;
const home = mkdtempSync(join(tmpdir(), 'throughline-migrate-'));
const specs = serviceTable({
  infra: { ...infra(), source: 'test', stop: async () => undefined },
  secrets: loadSecrets(join(home, 'secrets.json')),
  ports,
  databasePrefix: prefix,
});

/** Runs a built service to its end. */
const run = (name: string, args: string[], more: Record<string, string> = {}) =>
  new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const { env } = specs.find((spec) => spec.name === name)!;
    const child = spawn(process.execPath, [join(repoRoot, 'services', name, 'dist', 'main.js'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env, OPS_PORT: '0', ...more },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (piece) => {
      out += piece;
    });
    child.stderr.on('data', (piece) => {
      err += piece;
    });
    child.once('exit', (code) => resolve({ code, out, err }));
  });

let client: mongo.MongoClient;
beforeAll(async () => {
  client = await new mongo.MongoClient(infra().mongoUrl).connect();
});
afterAll(async () => {
  for (const { name } of specs) await client.db(prefix + name).dropDatabase();
  await client.close();
  rmSync(home, { recursive: true, force: true });
});

it.each(specs.map(({ name }) => name))(
  '%s --migrate makes its database and ends',
  async (name) => {
    // It must not need Kafka: the job runs before anything that uses it.
    const { code, out, err } = await run(name, ['--migrate'], { KAFKA_BROKERS: '127.0.0.1:1' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`${name}: the database is what this version expects\n`);
  },
  60_000,
);

it('a migration that cannot be done ends with 1 and one line', async () => {
  const outgoing = client.db(`${prefix}channel-chat`).collection('outgoing');
  await outgoing.drop();
  await outgoing.insertMany([1, 2].map(() => ({ tenantId: 't', thread: 'a', cursor: 1 })));
  const { code, err } = await run('channel-chat', ['--migrate']);
  expect(code).toBe(1);
  expect(err).toMatch(/^channel-chat: the database could not be migrated: .*duplicate key.*by_thread.*\n$/);
}, 60_000);

it('a service that only looks does not start on a database that lacks a migration', async () => {
  await client.db(`${prefix}journey`).dropDatabase();
  const { code, out, err } = await run('journey', [], { MIGRATE_AT_START: 'false' });
  expect(code).toBe(1);
  expect(out + err).toContain('the database lacks 0001-indexes: run this version with --migrate first');
}, 60_000);
