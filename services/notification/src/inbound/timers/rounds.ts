/** Runs work again and again, one run after the other, until stopped; at once again while there is more. */
export const createRounds = (work: () => Promise<boolean>, everyMs: number, failed: (error: unknown) => void) => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const next = (ms: number): void => {
    timer = setTimeout(() => {
      running = work()
        .catch((error) => {
          failed(error);
          return false;
        })
        .then((more) => {
          if (!stopped) next(more ? 0 : everyMs);
        });
    }, ms);
  };
  return {
    start: () => next(everyMs),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
