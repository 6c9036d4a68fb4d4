// Starts a built service with its telemetry or without: both sides of B12 run this very program, so that they differ by nothing else. A start
// of its own for one side would load other modules, and a larger heap to be swept makes every event dearer.
import { join } from 'node:path';
import { noTelemetry } from '@throughline/telemetry';

interface App {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const { SERVICE_FOLDER = '', TELEMETRY = '', ...env } = process.env;
const { buildApp } = require(join(SERVICE_FOLDER, 'app.js')) as {
  buildApp: (config: unknown, overrides: object) => App;
};
const { loadConfig } = require(join(SERVICE_FOLDER, 'config.js')) as {
  loadConfig: (env: NodeJS.ProcessEnv) => unknown;
};
const app = buildApp(loadConfig(env), TELEMETRY === 'off' ? { telemetry: noTelemetry() } : {});

process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
app.start().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
