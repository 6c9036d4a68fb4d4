// Runs before anything is installed, so it needs nothing but Node: installs, builds, then runs a compiled command.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const PNPM = 'pnpm@10.34.9';
const LEAST = [20, 19];

const stop = (line) => {
  console.error(`✗ ${line}`);
  process.exit(1);
};

const run = (title, command, args, env = {}) => {
  const began = Date.now();
  console.log(`▸ ${title}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error || status !== 0) stop(`${title} failed${error ? `: ${error.message}` : ` (exit ${status})`}`);
  console.log(`✓ ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
};

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
    stop(`Node ${process.versions.node} is too old: install Node ${LEAST.join('.')} or newer`);
  }
}

/** Installs from the lock file; skipped while the lock file is the one that was installed. */
function install() {
  const mark = join(root, 'node_modules', '.throughline-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  run('installing packages', 'npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    npm_config_loglevel: 'error',
  });
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, wanted);
}

function build() {
  // Through pnpm: turbo looks for it on the path.
  run('building', 'npx', ['--yes', PNPM, 'exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], {
    npm_config_loglevel: 'error',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  });
}

/** Installs and builds what is missing, then runs `file` (below the root) with the arguments of this process. */
export function bootstrap(file) {
  checkNode();
  install();
  build();
  const child = spawn(process.execPath, [join(root, file), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  // Ctrl-C reaches the child as well; this process waits for its ordered stop. A plain kill is passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
