// Runs before anything is installed, so it needs nothing but Node: installs, builds, then runs a compiled command.
import { spawn } from 'node:child_process';
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

// Told on stderr, so that what a command itself prints can be piped.
const tell = (line) => console.error(line);
const since = (began) => `${((Date.now() - began) / 1000).toFixed(1)} s`;

/** Shows how far a long step is: one line that changes on a terminal, a line now and then elsewhere. */
const progress = (title, began, stateOf) => {
  const tty = process.stderr.isTTY;
  let shown = false;
  const show = () => {
    const line = `▸ ${title}: ${stateOf()}, ${((Date.now() - began) / 1000).toFixed(0)} s`;
    if (tty) process.stderr.write(`\r\x1b[K${line}`);
    else tell(line);
    shown = true;
  };
  const timer = setInterval(show, tty ? 500 : 10_000);
  return () => {
    clearInterval(timer);
    if (tty && shown) process.stderr.write('\r\x1b[K');
  };
};

/** Runs one step with its output kept back; all of it is shown when the step fails. */
const run = (title, args, stateOf = () => 'at work') =>
  new Promise((resolve) => {
    const began = Date.now();
    let output = '';
    const child = spawn('npx', ['--yes', PNPM, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, npm_config_loglevel: 'error', TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    });
    const end = progress(title, began, () => stateOf(output));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    const failed = (why) => {
      end();
      console.error(output.replace(/^.*cache hit, suppressing logs.*\n/gm, '').trimEnd());
      stop(`${title} failed: ${why}`);
    };
    child.once('error', (error) => failed(error.message));
    child.once('close', (code, signal) => {
      if (code !== 0) return failed(signal ?? `exit ${code}`);
      end();
      tell(`✓ ${title} (${since(began)})`);
      resolve();
    });
  });

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
    stop(`Node ${process.versions.node} is too old: install Node ${LEAST.join('.')} or newer`);
  }
}

/** Installs from the lock file; skipped while the lock file is the one that was installed. */
async function install() {
  const mark = join(root, 'node_modules', '.throughline-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  await run('installing packages', ['install', '--frozen-lockfile', '--reporter=append-only']);
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, wanted);
}

const packagesBegun = (output) => {
  const all = /Running build in (\d+) packages/.exec(output)?.[1] ?? '?';
  return `${(output.match(/:build: cache (hit|miss)/g) ?? []).length} of ${all} packages begun`;
};

// Through pnpm: turbo looks for it on the path.
const build = () => run('building', ['exec', 'turbo', 'run', 'build', '--output-logs=new-only'], packagesBegun);

/** Installs and builds what is missing, then runs `file` (below the root) with the arguments of this process, and Node.js with `flags`. */
export async function bootstrap(file, flags = []) {
  checkNode();
  await install();
  await build();
  const child = spawn(process.execPath, [...flags, join(root, file), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child as well; this process waits for its ordered stop. A plain kill is passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
