import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Product, ServiceSpec } from '@throughline/local';
import { engineFlags, loadSecrets, ports as portNames, productOf, repoRoot, serviceTable } from '@throughline/local';
import { freePort } from '@throughline/testing';
import type { Balancer } from './balancer';
import { startBalancer } from './balancer';
import { pause } from './world';

/** What a pod still serves after the cluster has begun to take it out of its endpoints; the chart gives ten seconds. */
const PRE_STOP_MS = 500;
const PORT_SETTINGS = ['GRPC_PORT', 'HTTP_PORT', 'SMTP_PORT', 'OPS_PORT'] as const;

interface Pod {
  child: ChildProcess;
  opsPort: number;
  /** Its own ports by the address that stands in front of them. */
  ports: Map<number, number>;
  gone: Promise<number | NodeJS.Signals | null>;
  log(): string;
}

export interface Rolled {
  /** From SIGTERM to the end of the old process, milliseconds. */
  drainMs: number;
  /** How the old process ended: 0 after a whole drain. */
  end: number | NodeJS.Signals | null;
}

export interface Fleet {
  names: string[];
  product: Product;
  /**
   * Replaces the process of a service as a Deployment does: the new one is ready before the old one hears of its end. With a checkout of the
   * previous release the process is of that release when `previous` says so.
   */
  roll(name: string, previous?: boolean): Promise<Rolled>;
  /** Ends the old process without a word before there is a new one: what rolling must not be. */
  rollCarelessly(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface FleetOptions {
  kafkaBrokers: string;
  mongoUrl: string;
  topicPrefix: string;
  databasePrefix: string;
  extraEnv?: Record<string, string>;
  /** A built checkout of the release before: everything starts as that. */
  previousRelease?: string | undefined;
}

const untilReady = async (name: string, pod: Pod): Promise<void> => {
  for (const end = Date.now() + 90_000; ; await pause(100)) {
    if (pod.child.exitCode !== null) throw new Error(`${name} ended at its start: ${pod.log().slice(-600)}`);
    const answer = await fetch(`http://127.0.0.1:${pod.opsPort}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    if (answer?.ok) return;
    if (Date.now() > end) throw new Error(`${name} is not ready: ${await answer?.text()} ${pod.log().slice(-600)}`);
  }
};

/** Every service of the product as a process behind addresses that stay while processes come and go. */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const home = mkdtempSync(join(tmpdir(), 'throughline-fleet-'));
  const fronts = new Map<number, Balancer>();
  const entries = await Promise.all(
    Object.keys(portNames).map(async (name) => {
      const front = await startBalancer();
      fronts.set(front.port, front);
      return [name, front.port] as const;
    }),
  );
  const { kafkaBrokers, mongoUrl, topicPrefix, databasePrefix, extraEnv, previousRelease } = options;
  const world = {
    infra: { kafkaBrokers, mongoUrl, source: 'test', stop: async () => undefined },
    secrets: loadSecrets(join(home, 'secrets.json')),
    ports: Object.fromEntries(entries) as typeof portNames,
    topicPrefix,
    databasePrefix,
    ...(extraEnv ? { extraEnv } : {}),
  };
  const specs = new Map(serviceTable(world).map((spec) => [spec.name, spec]));
  const pods = new Map<string, Pod>();
  const all = new Set<ChildProcess>();
  let started = 0;

  const launch = async ({ name, env }: ServiceSpec, root: string): Promise<Pod> => {
    const main = join(root, 'services', name, 'dist', 'main.js');
    if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build there first`);
    const own: Record<string, string> = {};
    const ports = new Map<number, number>();
    for (const setting of PORT_SETTINGS) {
      if (env[setting] === undefined) continue;
      const port = await freePort();
      own[setting] = String(port);
      ports.set(Number(env[setting]), port);
    }
    const file = join(home, `${name}-${started++}.log`);
    const log = openSync(file, 'w');
    const child = spawn(process.execPath, [...engineFlags(16), main], {
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env, ...own },
    });
    all.add(child);
    const gone = new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once('exit', (code, signal) => {
        all.delete(child);
        resolve(code ?? signal);
      }),
    );
    return { child, ports, opsPort: Number(own['OPS_PORT']), gone, log: () => readFileSync(file, 'utf8') };
  };
  const bringIn = async (name: string, previous: boolean): Promise<Pod> => {
    const pod = await launch(specs.get(name)!, (previous && previousRelease) || repoRoot);
    await untilReady(name, pod);
    for (const [front, port] of pod.ports) fronts.get(front)!.add(port);
    return pod;
  };
  const takeOut = (pod: Pod) => {
    for (const [front, port] of pod.ports) fronts.get(front)!.remove(port);
  };

  const close = async () => {
    const ends = [...pods.values()].map(({ gone }) => gone);
    for (const child of all) child.kill('SIGKILL');
    await Promise.all(ends);
    await Promise.all([...fronts.values()].map((front) => front.stop()));
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await Promise.all([...specs.keys()].map(async (name) => pods.set(name, await bringIn(name, true))));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    names: [...specs.keys()],
    product: productOf(world, home),
    async roll(name, previous = false) {
      const old = pods.get(name)!;
      pods.set(name, await bringIn(name, previous));
      takeOut(old);
      await pause(PRE_STOP_MS);
      const asked = Date.now();
      old.child.kill('SIGTERM');
      const end = await old.gone;
      return { drainMs: Date.now() - asked, end };
    },
    async rollCarelessly(name) {
      const old = pods.get(name)!;
      old.child.kill('SIGKILL');
      await old.gone;
      takeOut(old);
      pods.set(name, await bringIn(name, false));
    },
    close,
  };
};
