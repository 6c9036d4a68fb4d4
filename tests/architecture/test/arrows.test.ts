import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';
import type { Violation } from '../src/cruise';
import { cruise, ruleNames } from '../src/cruise';

const fixtures = join(repoRoot, 'tests/architecture/fixtures');
const line = ({ rule, from, to }: Violation): string => `${rule}: ${from} -> ${to}`;

const placeOf = ({ rule, from }: Violation): string => `${rule} ${from.split('/').slice(0, 2).join('/')}`;

const debts = (): [string, number][] =>
  readFileSync(join(repoRoot, 'tests/architecture/known-debts.txt'), 'utf8')
    .split('\n')
    .filter((text) => text !== '' && !text.startsWith('#'))
    .map((text) => [text.slice(0, text.lastIndexOf(' ')), Number(text.slice(text.lastIndexOf(' ')))]);

jest.setTimeout(120_000);

describe('arrows between files', () => {
  const seen = cruise(fixtures, ['.']);

  it.each(ruleNames())('%s is broken by its fixture', (rule) => {
    expect(readdirSync(fixtures)).toContain(rule);
    expect(seen.filter((violation) => violation.from.startsWith(`${rule}/`)).map((v) => v.rule)).toContain(rule);
  });

  it('hold in the whole repository, but for the debts that are listed', () => {
    const left = new Map(debts());
    const found = cruise(repoRoot, ['libs', 'services', 'infra/local/src']);
    const beyond = found.filter((violation) => {
      const place = placeOf(violation);
      const allowed = left.get(place) ?? 0;
      left.set(place, allowed - 1);
      return allowed <= 0;
    });
    expect(beyond.map(line)).toEqual([]);
  });
});
