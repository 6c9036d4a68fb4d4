import type { Ending } from '../domain/audit';
import { problemOfCall } from './http/problem-of';

const CANCELLED = 499;

/** How a call that threw has ended, as the audit trail says it. A caller who went away may have changed something. */
export const endingOf = (error: unknown): Ending => {
  const { status, reason } = problemOfCall(error).problem;
  return { outcome: status < 500 && status !== CANCELLED ? 'REFUSED' : 'UNKNOWN', reason };
};
