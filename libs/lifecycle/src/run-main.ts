import closeWithGrace from 'close-with-grace';

/** A service as a process runs it and as a test holds it. */
export interface App {
  /** Ports it listens on, by name; known after start. */
  ports: Record<string, number>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunOptions<C> {
  service: string;
  loadConfig: () => C;
  buildApp: (config: C) => Promise<App> | App;
  /** How long a drain may take before the process ends anyway, milliseconds. */
  drainBudgetMs?: number;
}

/** Runs a service as a process: settings, start, drain on SIGTERM and SIGINT, exit 1 on what nobody caught. */
export async function runMain<C>(options: RunOptions<C>): Promise<void> {
  const config = options.loadConfig();
  const app = await options.buildApp(config);
  closeWithGrace({ delay: options.drainBudgetMs ?? 25_000, logger: false }, async ({ err }) => {
    if (err) {
      console.error(JSON.stringify({ level: 'fatal', service: options.service, msg: err.message, stack: err.stack }));
      process.exitCode = 1;
    }
    await app.stop();
  });
  await app.start();
}
