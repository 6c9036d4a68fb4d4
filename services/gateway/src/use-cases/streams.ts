import { Refusal } from '@throughline/core';

export interface Streams {
  /** Counts a stream of a key and gives the signal that ends it; throws beyond the limit. */
  open(keyId: string): { signal: AbortSignal; close(): void };
  /** Ends every stream: the process is about to stop. */
  closeAll(): void;
}

/** Streams in progress, bounded per key. */
export const createStreams = (perKey: number): Streams => {
  const open = new Map<AbortController, string>();
  const counts = new Map<string, number>();
  return {
    open(keyId) {
      const count = counts.get(keyId) ?? 0;
      if (count >= perKey) {
        throw new Refusal('exhausted', 'TOO_MANY_STREAMS', `A key has at most ${perKey} streams open.`, {
          metadata: { retry_after_seconds: '5' },
        });
      }
      const abort = new AbortController();
      open.set(abort, keyId);
      counts.set(keyId, count + 1);
      return {
        signal: abort.signal,
        close() {
          if (!open.delete(abort)) return;
          abort.abort();
          const left = (counts.get(keyId) ?? 1) - 1;
          if (left > 0) counts.set(keyId, left);
          else counts.delete(keyId);
        },
      };
    },
    closeAll() {
      for (const abort of open.keys()) abort.abort();
    },
  };
};
