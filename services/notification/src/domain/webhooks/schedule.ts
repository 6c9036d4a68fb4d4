/** What became of one attempt. */
export interface Attempt {
  at: number;
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** Why there was none; empty after an answer. */
  reason: string;
  tookMs: number;
  /** How long the receiver asked us to wait, milliseconds. */
  retryAfterMs?: number | undefined;
}

/** Settings of the retries, milliseconds. */
export interface Schedule {
  /** The first wait; all others follow from it. */
  firstMs: number;
  /** After how long a delivery is given up. */
  giveUpMs: number;
}

// 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, then every 8 h, with the usual first wait.
const steps = [1, 6, 24, 120, 360, 720, 1_440, 2_880, 5_760];
const JITTER = 0.2;
const LONGEST_ASKED_MS = 3_600_000;

export const isDelivered = ({ status }: Attempt): boolean => status >= 200 && status < 300;

/** True for faults of the receiver as a whole; a 4xx is about one message. */
export const isOutage = ({ status }: Attempt): boolean => status === 0 || status >= 500 || status === 429;

export const isGone = ({ status }: Attempt): boolean => status === 410;

/** In words, for people. */
export const failureText = ({ status, reason }: Attempt): string => (status === 0 ? reason : `HTTP ${status}`);

/**
 * When to try again after a failed attempt, the n-th since `since`; undefined when that would be after the time to give up.
 * `chance` is a number from 0 to 1 that spreads those who failed together.
 */
export const nextAttempt = (
  { firstMs, giveUpMs }: Schedule,
  n: number,
  since: number,
  attempt: Attempt,
  chance: number,
): number | undefined => {
  const wait = firstMs * steps[Math.min(Math.max(n, 1), steps.length) - 1]! * (1 - JITTER + 2 * JITTER * chance);
  const asked = Math.min(attempt.retryAfterMs ?? 0, LONGEST_ASKED_MS);
  const next = Math.round(attempt.at + Math.max(wait, asked));
  return next - since > giveUpMs ? undefined : next;
};
