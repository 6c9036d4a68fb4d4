import type { WorkView } from '../../use-cases/commands';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** The contact is over, or its wrap-up is. */
export const completeWorkItem: Rpc<'completeWorkItem'> = (deps) => async (request, call) => {
  const { workItemId, reason, skipWrapUp, hard } = request;
  const by = asking('CompleteWorkItem', request, call);
  const view = await deps.execute({ do: 'complete', workItemId, reason, skipWrapUp, hard, ...by });
  return { workItem: showWork(view as WorkView) };
};
