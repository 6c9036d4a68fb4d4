import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dim } from './print';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills every service once without warning, one after the other; whoever runs them starts them again. */
export function startKilling(root: string, everyMs: number) {
  const folder = join(root, '.local', 'run');
  // The servers stay: what they lose in a crash is their makers' promise.
  const victims = readdirSync(folder).filter((name) => name.endsWith('.pid') && !/^(kafka|mongo)\./.test(name));
  let given = false;
  let kills = 0;
  const work = async () => {
    for (const victim of victims) {
      await pause(everyMs);
      if (given) return;
      try {
        process.kill(Number(readFileSync(join(folder, victim), 'utf8').split(' ')[0]), 'SIGKILL');
        console.log(dim(`  kill -9 ${victim.slice(0, -'.pid'.length)}`));
        kills++;
      } catch {
        // It is down already.
      }
    }
  };
  const ended = work();
  return {
    /** Waits for the last kill and gives their number. */
    done: () => ended.then(() => kills),
    giveUp: () => {
      given = true;
    },
  };
}
