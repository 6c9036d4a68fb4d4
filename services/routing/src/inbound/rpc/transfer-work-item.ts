import type { WorkView } from '../../use-cases/commands';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Passes a contact on. */
export const transferWorkItem: Rpc<'transferWorkItem'> = (deps) => async (request, call) => {
  const { workItemId, queueId, agentId, reason } = request;
  const by = asking('TransferWorkItem', request, call);
  const view = await deps.execute({ ...by, do: 'transfer', workItemId, queueId, agentId, reason });
  return { workItem: showWork(view as WorkView) };
};
