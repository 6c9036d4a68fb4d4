import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';

export const dockerfile = (): string => readFileSync(join(repoRoot, 'infra/docker/Dockerfile'), 'utf8');

export type Instruction = { word: string; text: string };

/** Instructions of a Dockerfile by stage, continued lines joined. */
export const stagesOf = (text: string): Instruction[][] => {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line) && line.trim() !== '')
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  const stages: Instruction[][] = [[]];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
    if (word.toUpperCase() === 'FROM') stages.push([]);
    stages.at(-1)!.push({ word: word.toUpperCase(), text: rest });
  }
  return stages;
};

/** What is wrong with a Dockerfile by our rules. */
export const dockerfileFaults = (text: string): string[] => {
  const [globals = [], ...stages] = stagesOf(text);
  const last = stages.at(-1) ?? [];
  const faults: string[] = [];
  const base = globals.find(({ word, text: arg }) => word === 'ARG' && arg.startsWith('NODE_IMAGE='))?.text ?? '';
  const user = last.filter(({ word }) => word === 'USER').at(-1)?.text ?? 'root';
  if (stages.length < 2) faults.push('multi-stage: what builds must not be in what runs');
  if (!/^NODE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+(-slim)?(@sha256:[0-9a-f]{64})?$/.test(base))
    faults.push('pinned-base: a full version, for example node:20.20.2-bookworm-slim');
  for (const { word, text: from } of stages.flat())
    if (word === 'FROM' && !/^\$\{NODE_IMAGE\}/.test(from)) faults.push(`pinned-base: ${from} is another base`);
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(user)) faults.push(`non-root: USER must be a number above 0, not ${user}`);
  if (stages.flat().some(({ word }) => word === 'ADD')) faults.push('no-add: COPY says what it does');
  if (last.some(({ word }) => word === 'RUN')) faults.push('nothing-runs-last: the last stage only copies');
  const installs = (stages[0] ?? []).filter(({ word, text: run }) => word === 'RUN' && /pnpm@\S+ install/.test(run));
  if (!installs.at(-1)?.text.includes('--prod')) faults.push('production-only: the last install must be --prod');
  if (installs.some(({ text: run }) => !run.includes('--frozen-lockfile')))
    faults.push('locked: every install takes the lock file as it is');
  const labels = last
    .filter(({ word }) => word === 'LABEL')
    .map(({ text: label }) => label)
    .join(' ');
  for (const label of ['version', 'revision', 'created', 'licenses'])
    if (!labels.includes(`org.opencontainers.image.${label}=`)) faults.push(`labels: ${label} is missing`);
  const command = last.find(({ word }) => word === 'CMD')?.text ?? '';
  if (!command.startsWith('[')) faults.push('exec-form: a shell in front would keep signals from the process');
  return faults;
};
