import { spawnSync } from 'node:child_process';
import { toolPath } from '@throughline/local';
import type { Outcome } from './helm';

/** What `kustomize build` makes of a folder; `ok` is false when it refuses. */
export const kustomize = (folder: string): Outcome => {
  const { status, stdout, stderr, error } = spawnSync(toolPath('kustomize'), ['build', folder], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    // No plugins and no remote bases.
    env: { PATH: '/nonexistent', HOME: '/nonexistent' },
  });
  if (error) throw error;
  return { ok: status === 0, out: stdout, said: stderr };
};
