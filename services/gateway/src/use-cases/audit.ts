import { newId } from '@throughline/core';
import type { AuditedCall, Ending } from '../domain/audit';
import type { AuditTrail } from './ports';

export type AuditedWork = Omit<AuditedCall, 'id'>;

/**
 * Makes a call that may change something, with one record of it. It is durable that the call is made before it is made, so no
 * call is without a record whoever dies; when the trail cannot be written, the call is not made. How it ended is sealed soon
 * after, which nobody waits for.
 */
export type Audit = <T>(call: AuditedWork, work: () => Promise<T>) => Promise<T>;

export const createAudit =
  (trail: Pick<AuditTrail, 'open' | 'close'>, endingOf: (error: unknown) => Ending): Audit =>
  async (work, run) => {
    const call = { ...work, id: newId() };
    await trail.open(call);
    try {
      const answer = await run();
      trail.close(call, { outcome: 'DONE', reason: '' });
      return answer;
    } catch (error) {
      trail.close(call, endingOf(error));
      throw error;
    }
  };
