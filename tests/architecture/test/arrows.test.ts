import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';
import type { Violation } from '../src/cruise';
import { cruise, ruleNames } from '../src/cruise';

const fixtures = join(repoRoot, 'tests/architecture/fixtures');
const line = ({ rule, from, to }: Violation): string => `${rule}: ${from} -> ${to}`;

jest.setTimeout(120_000);

describe('arrows between files', () => {
  const seen = cruise(fixtures, ['.']);

  it.each(ruleNames())('%s is broken by its fixture', (rule) => {
    expect(readdirSync(fixtures)).toContain(rule);
    expect(seen.filter((violation) => violation.from.startsWith(`${rule}/`)).map((v) => v.rule)).toContain(rule);
  });

  it('hold in the whole repository', () => {
    expect(cruise(repoRoot, ['libs', 'services', 'infra/local/src']).map(line)).toEqual([]);
  });
});
