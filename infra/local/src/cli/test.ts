// The one test command: every check, then every test on real Kafka and MongoDB, and a last line that counts them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { breakingFaults, lintFaults } from '../contract';
import type { Infra } from '../find-infra';
import { findInfra } from '../find-infra';
import { LocalError, runCli } from '../local-error';
import { localDir, repoRoot } from '../paths';

const args = process.argv.slice(2);
const long = args.includes('--long');
const jestArgs = args.filter((arg) => arg !== '--long');
const only = jestArgs.length > 0;
const bin = (name: string) => join(repoRoot, 'node_modules', '.bin', name);

const run = (
  title: string,
  command: string,
  commandArgs: string[],
  env: NodeJS.ProcessEnv = {},
  cwd = repoRoot,
): boolean => {
  const began = Date.now();
  console.log(`\n▸ ${title}`);
  const { status, error } = spawnSync(command, commandArgs, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error) throw new LocalError(`${title}: ${error.message}`);
  console.log(`${status === 0 ? '✓' : '✗'} ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  return status === 0;
};

/** A check that runs in this process and tells its faults as text. */
const told = (title: string, check: () => string): boolean => {
  console.log(`\n▸ ${title}`);
  const faults = check();
  console.log(faults ? `${faults}\n✗ ${title}` : `✓ ${title}`);
  return faults === '';
};

const checks = (): string[] => {
  const list: [string, () => boolean][] = [
    ['lint (biome)', () => run('lint (biome)', bin('biome'), ['check', '--error-on-warnings', '.'])],
    ['contract (buf lint)', () => told('contract (buf lint)', () => lintFaults())],
    ['contract (buf breaking)', () => told('contract (buf breaking)', () => breakingFaults())],
    ['types (tsc)', () => run('types (tsc)', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json'])],
    ['unused code (knip)', () => run('unused code (knip)', bin('knip'), [])],
  ];
  return list.flatMap(([name, check]) => (check() ? [] : [name]));
};

type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
  numRuntimeErrorTestSuites: number;
};

const tests = (infra: Infra): { ok: boolean; report: Report | undefined } => {
  const outputFile = join(localDir, 'jest.json');
  mkdirSync(localDir, { recursive: true });
  rmSync(outputFile, { force: true });
  const env = { KAFKA_BROKERS: infra.kafkaBrokers, MONGO_URL: infra.mongoUrl, ...(long ? { LONG: '1' } : {}) };
  const ok = run(
    'tests (jest)',
    bin('jest'),
    ['--json', `--outputFile=${outputFile}`, '--testLocationInResults', ...jestArgs],
    env,
  );
  return { ok, report: existsSync(outputFile) ? (JSON.parse(readFileSync(outputFile, 'utf8')) as Report) : undefined };
};

runCli(async () => {
  // Ctrl-C ends the step that runs; what this command has started is stopped all the same.
  process.on('SIGINT', () => undefined);
  const failedChecks = only ? [] : checks();
  const infra = await findInfra({ say: (line) => console.log(`  ${line}`) });
  console.log(`\nKafka and MongoDB: ${infra.source}`);
  try {
    const { ok, report } = tests(infra);
    if (failedChecks.length > 0) console.log(`\nFailed checks: ${failedChecks.join(', ')}`);
    if (!report) throw new LocalError('jest left no report');
    const broken = report.numRuntimeErrorTestSuites;
    const failed = report.numFailedTests + broken + failedChecks.length;
    console.log(
      `\nTests: ${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`,
    );
    return ok && failed === 0 && report.numPassedTests > 0 ? 0 : 1;
  } finally {
    await infra.stop();
  }
});
