import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';

export type Violation = { rule: string; from: string; to: string };

type Report = { summary: { violations: { rule: { name: string }; from: string; to: string }[] } };

const withoutVersion = (path: string): string => path.replace(/^.*node_modules\//, '');

/** Runs dependency-cruiser with the rules of this repository over some folders of it. */
export const cruise = (cwd: string, folders: string[]): Violation[] => {
  const config = join(repoRoot, '.dependency-cruiser.cjs');
  // Its exit code is the number of violations, so the report is read from stdout whatever it says.
  const args = [join(repoRoot, 'node_modules/.bin/depcruise'), '--config', config, '--output-type', 'json', ...folders];
  const [command = '', ...rest] = args;
  const text = execFileSync(command, rest, { cwd, encoding: 'utf8', maxBuffer: 200_000_000 });
  const { violations } = (JSON.parse(text) as Report).summary;
  return violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to: withoutVersion(to) }));
};

/** Names of all rules. */
export const ruleNames = (): string[] =>
  (require(join(repoRoot, '.dependency-cruiser.cjs')) as { forbidden: { name: string }[] }).forbidden.map(
    ({ name }) => name,
  );
