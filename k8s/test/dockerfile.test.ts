import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';
import { validate } from 'dockerfile-utils';
import { dockerfile, dockerfileFaults } from './dockerfile';

it('has no fault by the linter and by our rules', () => {
  expect(validate(dockerfile()).map(({ message }) => message)).toEqual([]);
  expect(dockerfileFaults(dockerfile())).toEqual([]);
});

it('runs on the Node that the repository is tried on', () => {
  const { engines } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8'));
  const [, version = ''] = /node:(\d+\.\d+)/.exec(dockerfile()) ?? [];
  expect(Number(version.split('.')[0])).toBe(Number(/\d+/.exec(engines.node)![0]));
});

it.each([
  ['multi-stage', /^FROM .* AS build\n/m, ''],
  ['pinned-base', '-bookworm-slim\n', '\n'],
  ['pinned-base', '20.20.2', 'latest'],
  ['non-root', 'USER 10001:10001', 'USER 0'],
  ['non-root', 'USER 10001:10001', ''],
  ['no-add', 'COPY . .', 'ADD . .'],
  ['nothing-runs-last', 'USER 10001', 'RUN apt-get update\nUSER 10001'],
  ['production-only', '--prod ', ''],
  ['locked', 'install --frozen-lockfile', 'install'],
  ['labels', 'org.opencontainers.image.revision', 'revision'],
  ['exec-form', 'CMD ["node", "infra/local/dist/cli/ops.js"]', 'CMD node infra/local/dist/cli/ops.js'],
])('%s is found when it is broken', (rule, from, to) => {
  const text = dockerfile();
  const broken = text.replace(from, to);
  expect(broken).not.toBe(text);
  expect(dockerfileFaults(broken).map((fault) => fault.split(':')[0])).toContain(rule);
});

it('a misspelt instruction is found by the linter', () => {
  expect(validate(dockerfile().replace('WORKDIR', 'WORKDIT')).length).toBeGreaterThan(0);
});
