import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { LocalError } from '../local-error';
import { mustBeFree } from '../ports';
import { isAlive, isOrphan, lastLines, livePid, spawnLogged, stopPid, waitFor } from '../processes';
import { elsewhere } from './elsewhere';
import { mongodBinary } from './fetch';
import type { NativeOptions, NativeServer } from './types';

const withClient = async <T>(port: number, work: (client: mongo.MongoClient) => Promise<T>): Promise<T> => {
  const client = new mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1_000,
  });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.close();
  }
};

const answers = (port: number) =>
  withClient(port, async (client) => Boolean(await client.db('admin').command({ ping: 1 }))).catch(() => false);

const isPrimary = (port: number) =>
  withClient(port, async (client) => (await client.db('admin').command({ hello: 1 })).isWritablePrimary === true).catch(
    () => false,
  );

/** Makes the replica set of one; one that was made on another port is told where it lives now. */
const initiate = (port: number) =>
  withClient(port, async (client) => {
    const admin = client.db('admin');
    const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
    try {
      await admin.command({ replSetInitiate: { _id: 'rs0', members } });
    } catch (error) {
      if ((error as { codeName?: string }).codeName !== 'AlreadyInitialized') throw error;
      const { config } = await admin.command({ replSetGetConfig: 1 });
      if (config.members[0].host === members[0]?.host) return;
      // By force: a member that finds itself nowhere in the set cannot ask the others.
      const moved = { ...config, version: config.version + 1, members: [{ ...config.members[0], ...members[0] }] };
      await admin.command({ replSetReconfig: moved, force: true });
    }
  });

/** Starts MongoDB as a replica set of one, or takes the one that a run before left behind. */
export const startMongo = async (options: NativeOptions): Promise<NativeServer> => {
  const data = join(options.home, 'data', 'mongo');
  const logFile = join(options.home, 'logs', 'mongo.log');
  const pidFile = join(options.home, 'run', 'mongo.pid');
  const running = livePid(pidFile, 'mongod');
  if (running && (await waitFor(() => isPrimary(options.port), 10_000))) {
    return { pid: running, reused: !isOrphan(pidFile), stop: () => stopPid(running, 20_000, pidFile) };
  }
  if (running && !isOrphan(pidFile)) throw elsewhere('MongoDB', running);
  if (running) await stopPid(running, 5_000, pidFile);
  await mustBeFree(options.port, 'MongoDB');
  const binary = await mongodBinary(options.say);
  mkdirSync(data, { recursive: true });
  mkdirSync(join(options.home, 'run'), { recursive: true });
  const args = ['--replSet', 'rs0', '--bind_ip', '127.0.0.1', '--port', String(options.port), '--dbpath', data];
  // No unix socket: two checkouts would meet in the shared temporary folder.
  args.push(
    '--wiredTigerCacheSizeGB',
    '1',
    '--nounixsocket',
    '--setParameter',
    'diagnosticDataCollectionEnabled=false',
    // What a process that was killed within a transaction had locked is free again after 15 s at most.
    '--setParameter',
    'transactionLifetimeLimitSeconds=10',
  );
  if (options.tlsKeyFile) args.push('--tlsMode', 'preferTLS', '--tlsCertificateKeyFile', options.tlsKeyFile);
  const child = spawnLogged({ command: binary, args, logFile, pidFile });
  const pid = child.pid ?? 0;
  child.unref();
  const stop = () => stopPid(pid, 20_000, pidFile);
  const up = await waitFor(async () => !isAlive(pid) || (await answers(options.port)), 30_000);
  if (up && isAlive(pid)) {
    await initiate(options.port);
    if (await waitFor(() => isPrimary(options.port), 30_000)) return { pid, reused: false, stop };
  }
  await stop();
  throw new LocalError(`MongoDB did not start. The end of ${logFile}:\n  ${lastLines(logFile, 3)}`);
};
