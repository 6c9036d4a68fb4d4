import type { WorkView } from '../../use-cases/commands';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Lets an offered contact go. */
export const declineOffer: Rpc<'declineOffer'> = (deps) => async (request, call) => {
  const { offerId, reason } = request;
  const by = asking('DeclineOffer', request, call);
  const view = await deps.execute({ do: 'decline', offerId, reason, ...by });
  return { workItem: showWork(view as WorkView) };
};
