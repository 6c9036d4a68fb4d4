import { readdirSync, readFileSync } from 'node:fs';

const TICKS = 100;

/** CPU seconds a process has used, its threads included. */
export const cpuSeconds = (pid: number): number => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
};

/** Memory that a process holds just now, in megabytes. */
export const residentMb = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};

const listeningInodes = (port: number): Set<string> => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text = '';
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A') inodes.add(`socket:[${fields[9]}]`);
    }
  }
  return inodes;
};

const holds = async (pid: string, inodes: Set<string>): Promise<boolean> => {
  const { readlink } = await import('node:fs/promises');
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      if (inodes.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))) return true;
    }
  } catch {
    // Not ours to look into.
  }
  return false;
};

/** The process that listens on a local port: how mongod and the broker are found, whoever started them. */
export const pidOfPort = async (port: number): Promise<number | undefined> => {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid) && (await holds(pid, inodes))) return Number(pid);
  return undefined;
};
