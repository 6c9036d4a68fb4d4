import closeWithGrace from 'close-with-grace';

/** A service as a process runs it and as a test holds it. */
export interface App {
  /** Ports it listens on, by name; known after start. */
  ports: Record<string, number>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Brings the database to what this version expects, and nothing else. Throws with the name of what failed. */
  migrate(): Promise<void>;
}

export interface RunOptions<C> {
  service: string;
  loadConfig: () => C;
  buildApp: (config: C) => Promise<App> | App;
  /** How long a drain may take before the process ends anyway, milliseconds. */
  drainBudgetMs?: number;
}

const migrate = async (service: string, app: App): Promise<never> => {
  try {
    await app.migrate();
  } catch (error) {
    process.stderr.write(`${service}: the database could not be migrated: ${(error as Error).message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${service}: the database is what this version expects\n`);
  process.exit(0);
};

/**
 * Runs a service as a process: settings, start, drain on SIGTERM and SIGINT, exit 1 on what nobody caught. With the argument
 * `--migrate` it only brings the database up to date and ends: 0, or 1 with one line that says what failed.
 */
export async function runMain<C>(options: RunOptions<C>): Promise<void> {
  const config = options.loadConfig();
  const app = await options.buildApp(config);
  if (process.argv.includes('--migrate')) return migrate(options.service, app);
  closeWithGrace({ delay: options.drainBudgetMs ?? 25_000, logger: false }, async ({ err }) => {
    if (err) {
      console.error(JSON.stringify({ level: 'fatal', service: options.service, msg: err.message, stack: err.stack }));
      process.exitCode = 1;
    }
    await app.stop();
  });
  await app.start();
}
