import type { WorkView } from '../../use-cases/commands';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Ends work that no agent has yet. */
export const cancelWorkItem: Rpc<'cancelWorkItem'> = (deps) => async (request, call) => {
  const { workItemId, reason } = request;
  const by = asking('CancelWorkItem', request, call);
  const view = await deps.execute({ do: 'cancel', workItemId, reason, ...by });
  return { workItem: showWork(view as WorkView) };
};
