/** Marks an error as worth trying again: a dead connection, an election, a full queue. */
export const transientError = (message: string, cause?: unknown): Error & { transient: true } =>
  Object.assign(new Error(message, { cause }), { transient: true as const });

/** True when the thrower said that the same call may succeed later. */
export const isTransient = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (error as { transient?: unknown }).transient === true;
