import type { WorkView } from '../../use-cases/commands';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Takes an offered contact. */
export const acceptOffer: Rpc<'acceptOffer'> = (deps) => async (request, call) => {
  const by = asking('AcceptOffer', request, call);
  const view = await deps.execute({ do: 'accept', offerId: request.offerId, reason: '', ...by });
  return { workItem: showWork(view as WorkView) };
};
