import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LocalError } from './local-error';

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Waits until a fact holds; false when it does not within the time. */
export const waitFor = async (
  fact: () => Promise<boolean> | boolean,
  timeoutMs: number,
  everyMs = 100,
): Promise<boolean> => {
  for (const end = Date.now() + timeoutMs; ; await pause(everyMs)) {
    if (await fact()) return true;
    if (Date.now() > end) return false;
  }
};

/** True when a command can be run. */
export const hasCommand = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000, env: process.env });
    return true;
  } catch {
    return false;
  }
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const pidsIn = (pidFile: string): number[] =>
  existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim().split(' ').map(Number) : [];

/** True when the process that started the one of this file has ended without stopping it (it was killed). */
export const isOrphan = (pidFile: string): boolean => {
  const [, starter = 0] = pidsIn(pidFile);
  return starter > 0 && !isAlive(starter);
};

/** Pid in a file, when that process still runs and is the one we started (its command line holds `mark`). */
export const livePid = (pidFile: string, mark: string): number | undefined => {
  const [pid = 0] = pidsIn(pidFile);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark) ? pid : undefined;
  } catch {
    // No /proc here: a live pid in our own file is the best we can know.
    return pid;
  }
};

export type SpawnOptions = {
  command: string;
  args: string[];
  logFile: string;
  pidFile?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
};

/** Starts a process in its own group, so that Ctrl-C reaches it only through our ordered stop. */
export const spawnLogged = (options: SpawnOptions): ChildProcess => {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', log, log],
    detached: true,
  });
  if (options.pidFile && child.pid) {
    mkdirSync(dirname(options.pidFile), { recursive: true });
    writeFileSync(options.pidFile, `${child.pid} ${process.pid}`);
  }
  return child;
};

/** Ends a process politely, and after the time is up for good. */
export const stopPid = async (pid: number, timeoutMs = 20_000, pidFile?: string): Promise<void> => {
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  if (!(await waitFor(() => !isAlive(pid), timeoutMs))) process.kill(pid, 'SIGKILL');
  await waitFor(() => !isAlive(pid), 5_000);
  if (pidFile) rmSync(pidFile, { force: true });
};

/** Refuses to start on a nearly full disk, where Kafka and MongoDB would fail later and less clearly. */
export const mustHaveSpace = (folder: string, gigabytes: number): void => {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const free = (Number(bavail) * Number(bsize)) / 1e9;
  if (free < gigabytes) {
    throw new LocalError(
      `Only ${free.toFixed(1)} GB free on the disk of ${folder}; at least ${gigabytes} GB are needed. Free some space.`,
    );
  }
};

export const lastLines = (file: string, count = 5): string => {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n  ');
};
