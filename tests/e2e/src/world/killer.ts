import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dim } from './print';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills one service after the other without warning, until it is stopped; whoever runs them starts them again. */
export function startKilling(root: string, everyMs: number) {
  const folder = join(root, '.local', 'run');
  // The servers stay: what they lose in a crash is their makers' promise.
  const victims = readdirSync(folder).filter((name) => name.endsWith('.pid') && !/^(kafka|mongo)\./.test(name));
  let stopped = false;
  let kills = 0;
  const work = async () => {
    while (!stopped) {
      const victim = victims[kills % victims.length];
      if (!victim) return;
      await pause(everyMs);
      if (stopped) return;
      try {
        process.kill(Number(readFileSync(join(folder, victim), 'utf8').split(' ')[0]), 'SIGKILL');
        console.log(dim(`  kill -9 ${victim.slice(0, -'.pid'.length)}`));
      } catch {
        // It is down already.
      }
      kills++;
    }
  };
  const ended = work();
  return async () => {
    stopped = true;
    await ended;
    return kills;
  };
}
