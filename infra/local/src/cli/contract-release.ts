// `npm run contract:release`: from now on the contract as it stands is what later changes must stay compatible with.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { breakingFaults, releasedContract } from '../contract';
import { LocalError, runCli } from '../local-error';
import { repoRoot } from '../paths';

runCli(async () => {
  const faults = existsSync(releasedContract) ? breakingFaults() : '';
  if (faults && !process.argv.includes('--breaking')) {
    throw new LocalError(
      `The contract breaks its last release:\n${faults}\nMend it, or release it all the same: npm run contract:release -- --breaking`,
    );
  }
  const folder = dirname(releasedContract);
  const args = ['build', '--exclude-source-info', '-o', releasedContract];
  execFileSync(join(folder, 'node_modules', '.bin', 'buf'), args, { cwd: folder, stdio: 'inherit' });
  console.log(`${relative(repoRoot, releasedContract)} is the contract as it stands now. Commit it with the release.`);
  return 0;
});
