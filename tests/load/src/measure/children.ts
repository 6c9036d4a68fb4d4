import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineFlags, repoRoot } from '@throughline/local';
import { freePort } from '@throughline/testing';

const keys = generateKeyPairSync('ed25519');
export const callerPublicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
export const callerPrivateKey = keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');

export interface Child {
  name: string;
  pid: number;
  /** Ends it politely, with SIGKILL after 15 s. */
  stop(): Promise<void>;
  exited(): string | undefined;
  /** Waits until it ends by itself; fails unless it ends well. */
  done(): Promise<void>;
  /** The first thing it tells; fails when it ends without a word. */
  told(): Promise<unknown>;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const logFolder = join(repoRoot, 'tests', 'load', 'results', 'logs');

/** What a program of this name printed since it was started last. */
export const logOf = (name: string): string => join(logFolder, `${name}.log`);

/** What performance.md names; floors and services get the same. */
const MEASURED = engineFlags(64);
/** A program that sends must not stop to collect while others wait for it: little at a time of what is new, and no whole heap. */
const SENDING = [...engineFlags(1), '--initial-old-space-size=256'];

/** Starts a compiled program as its own process. */
export const startNode = (name: string, file: string, env: Record<string, string>, flags = MEASURED): Child => {
  const program = join(repoRoot, file);
  if (!existsSync(program)) throw new Error(`${file} is missing: build first (npm run build)`);
  mkdirSync(logFolder, { recursive: true });
  const logFile = logOf(name);
  const log = openSync(logFile, 'w');
  const profile = process.env['BENCH_PROFILE'] ? ['--cpu-prof', `--cpu-prof-dir=${process.env['BENCH_PROFILE']}`] : [];
  const child: ChildProcess = spawn(process.execPath, [...flags, ...profile, program], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  const word = new Promise<unknown>((resolve) => child.once('message', resolve));
  let end: string | undefined;
  let well = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      well = code === 0;
      end = `${name} ended (${signal ?? code}): ${readFileSync(logFile, 'utf8').slice(-600)}`;
      resolve();
    });
  });
  return {
    name,
    pid: child.pid ?? 0,
    exited: () => end,
    told: () => Promise.race([word, ended.then(() => Promise.reject(new Error(end)))]),
    async done() {
      await ended;
      if (!well) throw new Error(end);
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(timer);
    },
  };
};

/** Starts a program of `workload` that sends at a steady rate. */
export const startSender = (name: string, env: Record<string, string>): Child =>
  startNode(name, `tests/load/dist/workload/${name}.js`, env, SENDING);

export interface ServiceChild extends Child {
  grpcPort: number;
  opsPort: number;
}

/** How the services of a run are started: as they ship, unless a case says otherwise. */
export interface Manner {
  /** What runs in place of the service's own start. */
  program?: string;
  env?: Record<string, string>;
}

/** Starts a service of the product; `waitReady` waits until it says that it is ready. */
export const startService = async (
  service: string,
  env: Record<string, string>,
  manner: Manner = {},
): Promise<ServiceChild> => {
  const [grpcPort, opsPort] = [await freePort(), await freePort()];
  const child = startNode(service, manner.program ?? `services/${service}/dist/main.js`, {
    GRPC_PORT: String(grpcPort),
    OPS_PORT: String(opsPort),
    CALLER_PUBLIC_KEY: callerPublicKey,
    ...env,
    ...manner.env,
  });
  return { ...child, grpcPort, opsPort };
};

export const waitReady = async (child: ServiceChild, timeoutMs = 60_000): Promise<void> => {
  for (const end = Date.now() + timeoutMs; ; await pause(50)) {
    const gone = child.exited();
    if (gone) throw new Error(gone);
    const answer = await fetch(`http://127.0.0.1:${child.opsPort}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > end) throw new Error(`${child.name} is not ready: ${await answer?.text()}`);
  }
};
