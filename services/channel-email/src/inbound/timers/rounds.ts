/** Repeats a piece of work: at once when woken, otherwise after a pause; errors only cost a longer pause. */
export function createRounds(options: {
  work: () => Promise<unknown>;
  pauseMs: number;
  failurePauseMs: number;
  onError: (error: unknown) => void;
}) {
  let stopped = false;
  let woken = false;
  let wakeUp: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (woken || stopped) return resolve();
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    while (!stopped) {
      woken = false;
      let next = options.pauseMs;
      try {
        await options.work();
      } catch (error) {
        options.onError(error);
        next = options.failurePauseMs;
      }
      await pause(next);
    }
  };

  return {
    start: () => {
      running = run();
    },
    wake: () => {
      woken = true;
      wakeUp?.();
    },
    stop: async () => {
      stopped = true;
      wakeUp?.();
      await running;
    },
  };
}
