// Starts a built service without logs, traces and metrics: what telemetry costs is measured against it.
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';
import { noTelemetry } from '@throughline/telemetry';

interface App {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const { SERVICE = '', ...env } = process.env;
const dist = join(repoRoot, 'services', SERVICE, 'dist');
const { buildApp } = require(join(dist, 'app.js')) as { buildApp: (config: unknown, overrides: object) => App };
const { loadConfig } = require(join(dist, 'config.js')) as { loadConfig: (env: NodeJS.ProcessEnv) => unknown };
const app = buildApp(loadConfig(env), { telemetry: noTelemetry() });

process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
app.start().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
