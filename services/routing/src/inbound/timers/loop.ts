/** Runs a round again and again, one after the other, until stopped. */
export const createLoop = (round: () => Promise<unknown>, everyMs: number, failed: (error: unknown) => void) => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const run = (): void => {
    running = round()
      .then(() => undefined, failed)
      .finally(() => {
        if (!stopped) timer = setTimeout(run, everyMs);
      });
  };
  return {
    start: run,
    /** The first round, and whatever runs now, is over. */
    settled: () => running,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
