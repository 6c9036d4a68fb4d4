import type { Clock } from '@throughline/core';
import { isRefusal, Refusal } from '@throughline/core';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Caller } from '../domain/caller';

export interface RateState {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

export interface RateLimits {
  /** Counts one request of a key and of its tenant; throws an `exhausted` Refusal beyond either. */
  consume(caller: Caller): Promise<RateState>;
  /** Refuses an address that has failed to authenticate too often. */
  checkPeer(peer: string): void;
  countFailure(peer: string, error: unknown): void;
}

const FAILURES_PER_MINUTE = 300;

const exhausted = (who: string, state: RateLimiterRes, limit: number) =>
  new Refusal('exhausted', 'RATE_LIMITED', `More than ${limit} requests a second for this ${who}.`, {
    metadata: { retry_after_seconds: String(Math.max(1, Math.ceil(state.msBeforeNext / 1_000))), limit: String(limit) },
  });

/** Fixed windows of a second in memory: each replica counts what it sees. */
export const createRateLimits = (perKey: number, perTenant: number, clock: Clock): RateLimits => {
  const byKey = new RateLimiterMemory({ points: perKey, duration: 1, keyPrefix: 'k' });
  const byTenant = new RateLimiterMemory({ points: perTenant, duration: 1, keyPrefix: 't' });
  const failures = new Map<string, number>();
  let minute = 0;
  return {
    async consume({ tenantId, subject }) {
      let state: RateLimiterRes;
      try {
        state = await byKey.consume(subject);
      } catch (error) {
        if (error instanceof Error) throw error;
        throw exhausted('key', error as RateLimiterRes, perKey);
      }
      try {
        await byTenant.consume(tenantId);
      } catch (error) {
        if (error instanceof Error) throw error;
        throw exhausted('tenant', error as RateLimiterRes, perTenant);
      }
      return {
        limit: perKey,
        remaining: state.remainingPoints,
        resetSeconds: Math.max(1, Math.ceil(state.msBeforeNext / 1_000)),
      };
    },
    checkPeer(peer) {
      if ((failures.get(peer) ?? 0) < FAILURES_PER_MINUTE) return;
      if (Math.floor(clock.now() / 60_000) !== minute) return;
      throw new Refusal('exhausted', 'TOO_MANY_FAILURES', 'Too many attempts with wrong credentials.', {
        metadata: { retry_after_seconds: '60' },
      });
    },
    countFailure(peer, error) {
      if (!isRefusal(error) || error.kind !== 'unauthenticated') return;
      const now = Math.floor(clock.now() / 60_000);
      if (now !== minute || failures.size > 50_000) failures.clear();
      minute = now;
      failures.set(peer, (failures.get(peer) ?? 0) + 1);
    },
  };
};
