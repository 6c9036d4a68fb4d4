import { decideGuard } from '../domain/guard';
import type { Batch } from './batch';
import type { Tenant } from './tenant';

/** A queue looks at its waits: a step of its ladder is taken, or taken back. */
export const checkQueue = (batch: Batch, tenant: Tenant, queueId: string, now: number): void => {
  const guard = tenant.held.queues.get(queueId)?.state.guard;
  if (!guard) return;
  tenant.guardLooked(queueId, now);
  const events = decideGuard(tenant.queueState(queueId).state, guard, tenant.queueNow(queueId, now), now);
  batch.applyQueue(tenant, queueId, events);
  if (events.some(({ type }) => type !== 'low_since')) batch.lineUpAgain(tenant, queueId, now);
  else batch.armQueue(tenant, queueId, now);
};
