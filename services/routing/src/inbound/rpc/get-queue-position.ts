import type { PositionView } from '../../use-cases/commands';
import type { Rpc } from './deps';
import { asking } from './deps';

/** The place in line and the remaining wait, or why there is no estimate. What is answered is stored as told. */
export const getQueuePosition: Rpc<'getQueuePosition'> = (deps) => async (request, call) => {
  const by = asking('GetQueuePosition', request, call);
  const view = await deps.execute({ do: 'tell_position', workItemId: request.workItemId, ...by });
  const { position, waitedSeconds, estimate } = view as PositionView;
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
