import type { Facts } from '../../facts';

export interface Loop {
  start(): void;
  stop(): Promise<void>;
}

/** Runs a round again and again; a round says how many milliseconds the next one may wait. */
export const createLoop = (name: string, round: () => Promise<number>, facts: Facts): Loop => {
  let stopped = false;
  let wake = (): void => {};
  let running = Promise.resolve();
  const run = async (): Promise<void> => {
    while (!stopped) {
      let wait = 1000;
      try {
        wait = await round();
      } catch (error) {
        facts.loopFailed(name, error);
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  return {
    start: () => {
      running = run();
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
};
