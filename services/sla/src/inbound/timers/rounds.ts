/** Runs work again and again, one run after the other, until stopped; the first run is done when `start` is. */
export const createRounds = (work: () => Promise<unknown>, everyMs: number, failed: (error: unknown) => void) => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const next = (): void => {
    timer = setTimeout(() => {
      running = work()
        .catch(failed)
        .finally(() => {
          if (!stopped) next();
        });
    }, everyMs);
  };
  return {
    async start() {
      await work();
      next();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
