import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repoRoot } from '@throughline/local';
import { dockerfile, stagesOf } from './dockerfile';

// Without an engine: the build steps of the Dockerfile as they stand, in a folder with what the build context would hold.
const folder = mkdtempSync(join(tmpdir(), 'throughline-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ignored = /^(docs|tests\/[^/]+\/(src|test|fixtures)|k8s\/(chart|rendered|examples))\//;

it('the build steps leave services that start, production packages and no source', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: repoRoot, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  for (const file of files.filter((name) => !ignored.test(name) && existsSync(join(repoRoot, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(repoRoot, file), join(folder, file));
  }
  const steps = stagesOf(dockerfile())[1]!.filter(({ word }) => word === 'RUN');
  expect(steps.length).toBeGreaterThan(3);
  const env = { ...process.env, CI: 'true', TURBO_TELEMETRY_DISABLED: '1', NODE_ENV: '' };
  for (const { text } of steps) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', text], { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${text}\n${stdout}\n${stderr}`.slice(-4_000));
  }
  const services = readdirSync(join(folder, 'services'));
  expect(services).toContain('conversation');
  for (const service of services) {
    expect(existsSync(join(folder, 'services', service, 'src'))).toBe(false);
    // Everything it requires is there: it gets as far as its settings, and says which are missing.
    const main = join('services', service, 'dist', 'main.js');
    const { status, stderr } = spawnSync(process.execPath, [main], { cwd: folder, env: {}, encoding: 'utf8' });
    expect(`${service} ${status} ${stderr}`).toMatch(/ 78 .*MONGO_URL: is required/s);
  }
  const store = readdirSync(join(folder, 'node_modules', '.pnpm'));
  expect(store.some((name) => name.startsWith('kafkajs@'))).toBe(true);
  expect(store.filter((name) => /^(typescript|jest|@biomejs\+biome|turbo|@bufbuild\+buf)@/.test(name))).toEqual([]);
}, 900_000);
