import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from './local-error';
import { repoRoot } from './paths';
import { ports } from './ports';
import { hasCommand } from './processes';

const run = promisify(execFile);
const file = join(repoRoot, 'infra', 'docker', 'compose.yaml');
const env = () => ({ ...process.env, KAFKA_PORT: String(ports.kafka), MONGO_PORT: String(ports.mongo) });

/** True when a Docker engine (not only its client) answers. */
export const dockerAnswers = (): boolean => hasCommand('docker', 'info', '--format', '{{.ServerVersion}}');

/** Starts Kafka and MongoDB as containers and waits until they are healthy. */
export const startContainers = async (): Promise<() => Promise<void>> => {
  const compose = (...args: string[]) => run('docker', ['compose', '-f', file, ...args], { env: env() });
  try {
    await compose('up', '-d', '--wait');
  } catch (error) {
    // What did start must not stay behind.
    await compose('stop').catch(() => undefined);
    throw new LocalError(
      `docker compose failed: ${String((error as { stderr?: string }).stderr)
        .trim()
        .split('\n')
        .at(-1)}`,
    );
  }
  return async () => {
    await compose('stop');
  };
};
