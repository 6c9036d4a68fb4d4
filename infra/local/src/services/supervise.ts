import type { ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LocalError } from '../local-error';
import { repoRoot } from '../paths';
import { isOrphan, lastLines, livePid, pause, spawnLogged, stopPid, waitFor } from '../processes';
import type { ServiceSpec } from './table';

export type RunningService = {
  name: string;
  /** Undefined while it is down. */
  pid: () => number | undefined;
  ready: () => Promise<string>;
  stop: () => Promise<void>;
};

export type SuperviseOptions = {
  logFolder: string;
  /** Where pid files are kept. */
  runFolder: string;
  say: (line: string) => void;
  /** False leaves a dead process dead: for tests that start it again themselves. */
  restart?: boolean;
};

const readiness = async (port: number): Promise<string> => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? '' : (await response.text()).trim();
  } catch (error) {
    return `no answer on ${port} (${(error as Error).message})`;
  }
};

const mainOf = (name: string): string => join(repoRoot, 'services', name, 'dist', 'main.js');
const pidFileOf = (runFolder: string, name: string): string => join(runFolder, `${name}.pid`);

/**
 * Ends services of a start that was killed before it could stop them; their ports would be in the way. Refuses when their
 * start still runs.
 */
export const stopLeftovers = async (names: string[], runFolder: string): Promise<string[]> => {
  const left = names.flatMap((name) => {
    const file = pidFileOf(runFolder, name);
    const pid = livePid(file, mainOf(name));
    return pid ? [{ name, pid, file }] : [];
  });
  if (left.some(({ file }) => !isOrphan(file)))
    throw new LocalError(
      'Throughline already runs in this checkout. Use it, or stop it with Ctrl-C where it was started.',
    );
  await Promise.all(left.map(({ pid, file }) => stopPid(pid, 30_000, file)));
  return left.map(({ name }) => name);
};

/**
 * Flags of Node.js for a service, with so many MB for what is new in its heap. One helper thread of the engine: with its
 * usual four, a collection takes both of two cores from whoever waits for an answer (B6, two pairs: p99 55 → 25 ms). A heap
 * may double before everything in it is looked at again: by itself the engine does that every tenth that a quiet heap grows,
 * at a hundred offers a second every two seconds.
 */
export const engineFlags = (semiSpaceMb: number): string[] => [
  `--max-semi-space-size=${semiSpaceMb}`,
  '--v8-pool-size=1',
  '--heap-growing-percent=100',
];

/** Runs one service as its own process and starts it again, with growing pauses, when it dies. */
export const superviseService = (spec: ServiceSpec, options: SuperviseOptions): RunningService => {
  const main = mainOf(spec.name);
  if (!existsSync(main)) throw new LocalError(`services/${spec.name} is not built (${main} is missing)`);
  const logFile = join(options.logFolder, `${spec.name}.log`);
  const pidFile = pidFileOf(options.runFolder, spec.name);
  let child: ChildProcess | undefined;
  let stopping = false;
  let failures = 0;
  const start = () => {
    const started = Date.now();
    const running = spawnLogged({
      command: process.execPath,
      args: [...engineFlags(32), main],
      logFile,
      pidFile,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...spec.env },
    });
    child = running;
    running.once('exit', async (code, signal) => {
      if (child === running) child = undefined;
      if (stopping || options.restart === false) return;
      failures = Date.now() - started > 60_000 ? 1 : failures + 1;
      const wait = Math.min(15_000, 250 * 2 ** failures);
      options.say(
        `${spec.name} ended (${signal ?? `exit ${code}`}); starting it again in ${wait} ms. ${logFile}: ${lastLines(logFile, 1).slice(0, 300)}`,
      );
      await pause(wait);
      if (!stopping) start();
    });
  };
  start();
  return {
    name: spec.name,
    pid: () => child?.pid,
    ready: () => readiness(spec.opsPort),
    async stop() {
      stopping = true;
      if (child?.pid) await stopPid(child.pid, 30_000);
      rmSync(pidFile, { force: true });
    },
  };
};

/** Waits until every service is ready, and says which one is not and why. */
export const waitUntilReady = async (
  services: RunningService[],
  timeoutMs: number,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> => {
  const waiting = new Set(services);
  const reasons = new Map<string, string>();
  const check = async () => {
    for (const service of waiting) {
      if (signal?.aborted) throw new LocalError('the start was interrupted');
      const reason = await service.ready();
      reasons.set(service.name, reason);
      if (reason !== '') continue;
      waiting.delete(service);
      say(`${service.name} is ready`);
    }
    return waiting.size === 0;
  };
  if (await waitFor(check, timeoutMs, 200)) return;
  const why = [...waiting].map(({ name }) => `${name}: ${reasons.get(name)}`).join('; ');
  throw new LocalError(`not ready after ${timeoutMs / 1000} s: ${why}. Logs are in .local/logs/`);
};
