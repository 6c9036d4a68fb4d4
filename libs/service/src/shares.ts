import { performance } from 'node:perf_hooks';
import { createRounds } from '@throughline/lifecycle';
import type { LeasesOptions } from '@throughline/store';
import { createLeases } from '@throughline/store';

export interface SharesOptions extends LeasesOptions {
  /** Told of shards that have become ours: whoever had them may have died with work undone. */
  taken?: ((shards: number[]) => void) | undefined;
  /** Told when a renewal failed; it is tried again. */
  failed: (error: unknown) => void;
}

export interface Shares {
  /** Shards that are ours now; none when the lease could not be renewed in time. */
  mine(): number[];
  /** Begins to renew; resolves once the first shards are there. */
  start(): Promise<void>;
  /** Gives everything back. */
  stop(): Promise<void>;
}

const SHORTEST_PAUSE_MS = 20;

/**
 * Shards of some work, leased for as long as this process runs, in fair parts. For work that is decided by a document's
 * state and version, so that a shard may change hands at any moment; other work handles its leases itself.
 */
export const createShares = ({ taken, failed, ...leasing }: SharesOptions): Shares => {
  const leases = createLeases(leasing);
  const mine = () => leases.mine().map(({ shard }) => shard);
  const everyMs = Math.max(leasing.leaseMs * 0.4, 100);
  let begunAt = 0;
  const renewing = createRounds({
    async work() {
      begunAt = performance.now();
      const before = new Set(mine());
      const { held, surplus } = await leases.renew();
      await leases.release(surplus.map(({ shard }) => shard));
      const fresh = held.map(({ shard }) => shard).filter((shard) => !before.has(shard));
      if (fresh.length > 0) taken?.(fresh);
    },
    // From begin to begin: where a renewal takes long, a pause after it would let the lease run out before the next one is
    // through, again and again, and nobody would work.
    pauseMs: () => Math.max(everyMs - (performance.now() - begunAt), SHORTEST_PAUSE_MS),
    failurePauseMs: everyMs,
    failed,
  });
  return {
    mine,
    async start() {
      renewing.start();
      await renewing.settled();
    },
    async stop() {
      await renewing.stop();
      await leases.leave();
    },
  };
};
