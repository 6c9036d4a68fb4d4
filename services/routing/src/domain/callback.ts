/** A call back instead of waiting on the line. */
export interface Callback {
  phone: string;
  notBefore: number;
  notAfter: number;
  attempts: number;
  maxAttempts: number;
  retrySeconds: number;
  /** Not offered before. */
  nextAt: number;
  /** Channel on which the customer waited before; rules look at that one. */
  from: string;
}

/** How an agent says that nobody answered. */
export const NOT_REACHED = 'NOT_REACHED';
export const WINDOW_OVER = 'CALLBACK_WINDOW_OVER';

/** True while it is not to be offered. */
export const isHeld = (callback: Callback | undefined, now: number): boolean =>
  callback !== undefined && now < callback.nextAt;

/** The callback after one that reached nobody; undefined when that was the last, or the window ends before the next. */
export const afterMiss = (callback: Callback, now: number): Callback | undefined => {
  const attempts = callback.attempts + 1;
  const nextAt = now + callback.retrySeconds * 1000;
  return attempts < callback.maxAttempts && nextAt < callback.notAfter ? { ...callback, attempts, nextAt } : undefined;
};

/** When its time comes, or is over. */
export const nextOfCallback = (callback: Callback, now: number): number =>
  now < callback.nextAt ? callback.nextAt : callback.notAfter;
