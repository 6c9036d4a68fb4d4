import { Refusal } from '@throughline/core';

export interface Shedder {
  /** Throws when this process has too much to do. Reads give way first: a lost write costs its sender more. */
  check(read: boolean): void;
  enter(): void;
  leave(): void;
  start(): void;
  stop(): void;
}

export interface ShedOptions {
  maxInFlight: number;
  maxLagMs: number;
}

const overloaded = (retryAfterSeconds: number) =>
  new Refusal('unavailable', 'OVERLOADED', 'Too much to do at the moment; try again.', {
    metadata: { retry_after_seconds: String(retryAfterSeconds) },
  });
// Made once: the trace of a new error for each is work that a process with too much to do need not have.
const noRead = overloaded(2);
const noWrite = overloaded(1);

const PROBE_MS = 100;
/** Share of a bound at which reads are refused. */
const READ_SHARE = 0.7;

/** Load as requests in flight and as the delay of a timer, which grows when the event loop cannot keep up. */
export const createShedder = ({ maxInFlight, maxLagMs }: ShedOptions): Shedder => {
  let inFlight = 0;
  let lag = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    check(read) {
      const share = read ? READ_SHARE : 1;
      if (inFlight < maxInFlight * share && lag < maxLagMs * share) return;
      throw read ? noRead : noWrite;
    },
    enter: () => void inFlight++,
    leave: () => void inFlight--,
    start() {
      let last = performance.now();
      timer = setInterval(() => {
        const now = performance.now();
        // One long pause, a garbage collection for example, is no overload: only a lasting delay counts.
        lag = lag * 0.7 + Math.max(0, now - last - PROBE_MS) * 0.3;
        last = now;
      }, PROBE_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
};
