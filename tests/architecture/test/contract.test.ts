import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breakingFaults, lintFaults, repoRoot } from '@throughline/local';

const proto = join(repoRoot, 'proto');
const sources = ['buf.yaml', 'buf', 'google', 'grpc', 'io', 'throughline'];
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'throughline-contract-'));
  for (const name of sources) cpSync(join(proto, name), join(copy, name), { recursive: true });
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

const edit = (file: string, change: (text: string) => string): void => {
  const path = join(copy, 'throughline', file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
};

jest.setTimeout(60_000);

describe('the contract', () => {
  it('keeps its style and its promise to those who speak the released one', () => {
    expect(lintFaults(copy)).toBe('');
    expect(breakingFaults(copy)).toBe('');
  });

  it('may grow', () => {
    edit('conversation/v1/conversation.proto', (text) =>
      text.replace('message Conversation {', 'message Conversation {\n  // New.\n  string newcomer = 999;'),
    );
    expect(breakingFaults(copy)).toBe('');
  });

  it.each<[string, (text: string) => string, string]>([
    ['a removed field', (text) => text.replace(/^.* wrap_up_code = .*\n/m, ''), 'wrap_up_code'],
    ['a field of another type', (text) => text.replace('string wrap_up_code', 'int64 wrap_up_code'), 'wrap_up_code'],
    ['a renamed value', (text) => text.replaceAll('OUTCOME_JOINED', 'OUTCOME_MARRIED'), 'OUTCOME_JOINED'],
  ])('%s is seen as a break', (_name, change, named) => {
    edit('conversation/v1/conversation.proto', change);
    expect(breakingFaults(copy)).toContain(named);
  });

  it('is not guarded by a baseline that is missing: that is an error', () => {
    expect(() => breakingFaults(copy, join(copy, 'none.binpb.gz'))).toThrow('npm run contract:release');
  });

  it('has rules of style that a bad file breaks', () => {
    cpSync(join(repoRoot, 'tests/architecture/fixtures/contract-lint'), copy, { recursive: true });
    const faults = lintFaults(copy);
    for (const part of ['camelCase', 'COLOUR_RED', 'fixture.proto']) expect(faults).toContain(part);
  });
});
