export interface RoundsOptions<R> {
  work: () => Promise<R>;
  /** How long to wait after a round; the outcome of the round may decide. Milliseconds. */
  pauseMs: number | ((outcome: R) => number);
  /** The same after a round that threw. Default: 1 s, or `pauseMs` when that is a number. */
  failurePauseMs?: number;
  /** Told what a round threw. The rounds go on. */
  failed: (error: unknown) => void;
}

export interface Rounds {
  /** Begins the first round at once. */
  start(): void;
  /** The first round, or the one that runs now, is over. */
  settled(): Promise<void>;
  /** The next round begins without a pause. */
  wake(): void;
  /** No further round; resolves when the running one is over. */
  stop(): Promise<void>;
}

/** Repeats work, one round after the other, until stopped. */
export const createRounds = <R>(options: RoundsOptions<R>): Rounds => {
  const { work, pauseMs, failed } = options;
  const failurePauseMs = options.failurePauseMs ?? (typeof pauseMs === 'number' ? pauseMs : 1_000);
  let stopped = false;
  let woken = false;
  let wakeUp = (): void => {};
  let round: Promise<void> = Promise.resolve();
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
      let next = failurePauseMs;
      round = work().then((outcome) => {
        next = typeof pauseMs === 'number' ? pauseMs : pauseMs(outcome);
      }, failed);
      await round;
      await pause(next);
    }
  };

  return {
    start() {
      running = run();
    },
    settled: () => round,
    wake() {
      woken = true;
      wakeUp();
    },
    async stop() {
      stopped = true;
      wakeUp();
      await running;
    },
  };
};
