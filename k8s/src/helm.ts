import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { kubernetesVersion, toolPath } from '@throughline/local';
import type { Profile } from './paths';
import { chartDir } from './paths';

export type Outcome = { ok: boolean; out: string; said: string };

/** Runs helm as it is; `ok` is false when it refuses. */
export const helm = (...args: string[]): Outcome => {
  const { status, stdout, stderr, error } = spawnSync(toolPath('helm'), args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    // Nothing of the person's own helm: no repositories, no plugins, no cluster.
    env: { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: '/nonexistent' },
  });
  if (error) throw error;
  return { ok: status === 0, out: stdout, said: stderr };
};

const profileFile = (profile: Profile): string => join(chartDir, 'profiles', `${profile}.yaml`);

/** The manifests of a profile as helm would install them. */
export const template = (profile: Profile, ...args: string[]): Outcome =>
  helm(
    'template',
    'throughline',
    chartDir,
    '--namespace',
    'throughline',
    '--kube-version',
    kubernetesVersion,
    '--values',
    profileFile(profile),
    ...args,
  );

export const lint = (profile: Profile, ...args: string[]): Outcome =>
  helm('lint', chartDir, '--strict', '--kube-version', kubernetesVersion, '--values', profileFile(profile), ...args);
