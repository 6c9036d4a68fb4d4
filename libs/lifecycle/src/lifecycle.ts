import type { Telemetry } from '@throughline/telemetry';

export interface LifecycleStep {
  start?: () => Promise<unknown> | unknown;
  stop?: () => Promise<unknown> | unknown;
}

export interface Lifecycle {
  /** Adds a step at the end. A step that starts may add further ones: they start after it. */
  add(name: string, step: LifecycleStep): void;
  /** Starts in the order added; when one fails, stops those already started and throws. */
  start(): Promise<void>;
  /** Stops in reverse order. Every step is tried; a step that does not end within its budget is left behind and named. */
  stop(): Promise<void>;
}

/** Ordered start and drain of one process. `stepBudgetMs` is what one step may take to stop. */
export function createLifecycle(log: Telemetry['log'], stepBudgetMs = 10_000): Lifecycle {
  const steps: { name: string; step: LifecycleStep }[] = [];
  let started: { name: string; step: LifecycleStep }[] = [];
  const stopOne = async ({ name, step }: { name: string; step: LifecycleStep }) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`did not stop within ${stepBudgetMs} ms`)), stepBudgetMs);
    });
    try {
      await Promise.race([Promise.resolve(step.stop?.()), late]);
    } catch (error) {
      log.error({ err: error, step: name }, 'a step failed to stop');
    } finally {
      clearTimeout(timer);
    }
  };
  const stop = async () => {
    const todo = started.reverse();
    started = [];
    for (const entry of todo) await stopOne(entry);
  };
  return {
    add: (name, step) => void steps.push({ name, step }),
    async start() {
      for (const entry of steps) {
        try {
          await entry.step.start?.();
        } catch (error) {
          // A half-started step may hold a port or a connection, so it is stopped as well.
          started.push(entry);
          await stop();
          throw new Error(`could not start ${entry.name}: ${(error as Error).message}`, { cause: error });
        }
        started.push(entry);
      }
    },
    stop,
  };
}
