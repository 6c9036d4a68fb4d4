import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongo } from '@throughline/local';
import { freePort } from '@throughline/testing';
import { pause } from './world';

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

export interface OwnMongo {
  url: string;
  /** Ends it with -9 and starts it again on the same data. */
  killAndRestart(): Promise<void>;
  /** Lets it stand still for a while: connections stay, nothing is answered. */
  freeze(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** A MongoDB that belongs to one test, so that it can be harmed. */
export const startOwnMongo = async (): Promise<OwnMongo> => {
  const home = mkdtempSync(join(tmpdir(), 'throughline-mongo-'));
  const port = await freePort();
  const start = () => startMongo({ home, port, say: (line) => console.info(line) });
  let server = await start();
  return {
    url: `mongodb://127.0.0.1:${port}/?replicaSet=rs0`,
    async killAndRestart() {
      process.kill(server.pid, 'SIGKILL');
      while (alive(server.pid)) await pause(20);
      server = await start();
    },
    async freeze(ms) {
      process.kill(server.pid, 'SIGSTOP');
      await pause(ms);
      process.kill(server.pid, 'SIGCONT');
    },
    async stop() {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
};
