import type { Rpc } from './deps';

/** The place in line and the remaining wait, or why there is no estimate. */
export const getQueuePosition: Rpc<'getQueuePosition'> = (deps) => async (request, call) => {
  const { position, waitedSeconds, estimate } = deps.look.position(call.caller.tenantId, request.workItemId);
  const told =
    estimate.kind === 'range'
      ? { fromSeconds: BigInt(estimate.fromSeconds), toSeconds: BigInt(estimate.toSeconds) }
      : undefined;
  return {
    position: BigInt(position),
    waitedSeconds,
    estimate: told,
    noEstimateReason: estimate.kind === 'none' ? estimate.reason : '',
  };
};
