/** Runs work again and again, one run after the other, until stopped. */
export const createRounds = (work: () => Promise<unknown>, everyMs: number, failed: (error: unknown) => void) => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const next = (): void => {
    timer = setTimeout(() => {
      running = work()
        .then(() => undefined, failed)
        .finally(() => {
          if (!stopped) next();
        });
    }, everyMs);
  };
  return {
    start: next,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
