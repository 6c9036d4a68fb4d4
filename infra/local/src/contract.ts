import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalError } from './local-error';
import { repoRoot } from './paths';

const proto = join(repoRoot, 'proto');

/** The contract as it was released last: what later changes must stay compatible with. */
export const releasedContract = join(proto, 'released.binpb.gz');

const buf = (args: string[], cwd: string): string => {
  const run = spawnSync(join(proto, 'node_modules', '.bin', 'buf'), args, { cwd, encoding: 'utf8' });
  if (run.error) throw new LocalError(`buf could not be run: ${run.error.message}`);
  const told = `${run.stdout}${run.stderr}`.trim();
  return run.status === 0 ? '' : told || `buf ended with ${run.status}`;
};

/** What in the protos of a folder breaks the rules of style; empty when nothing does. */
export const lintFaults = (folder = proto): string => buf(['lint'], folder);

/** What in the protos of a folder breaks those who speak the released contract; empty when nothing does. */
export const breakingFaults = (folder = proto, baseline = releasedContract): string => {
  if (!existsSync(baseline))
    throw new LocalError(`${baseline} is missing, so nothing guards the contract: npm run contract:release makes it`);
  return buf(['breaking', '--against', baseline], folder);
};
