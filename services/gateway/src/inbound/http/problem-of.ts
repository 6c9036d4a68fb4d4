import { fromServiceError } from '@throughline/rpc';
import type { ProblemAnswer } from '@throughline/web';
import { httpProblem, problemFor } from '@throughline/web';

const DEADLINE_EXCEEDED = 4;
const CANCELLED = 1;

/** What a failed call says to a REST caller. Errors of gRPC are read back into the refusal the service threw. */
export const problemOfCall = (error: unknown): ProblemAnswer => {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'number') return problemFor(error);
  if (code === DEADLINE_EXCEEDED) {
    return httpProblem(504, 'DEADLINE_EXCEEDED', 'The service did not answer in time; a write may have happened.');
  }
  if (code === CANCELLED) return httpProblem(499, 'CANCELLED', 'The call was cancelled.');
  const read = fromServiceError(error as never);
  const unreachable = code === 14 && (read as { reason?: string }).reason === 'UNAVAILABLE';
  if (unreachable) {
    return httpProblem(503, 'UNAVAILABLE', 'The service behind this path does not answer; try again.', {
      headers: { 'retry-after': '1' },
    });
  }
  return problemFor(read);
};
