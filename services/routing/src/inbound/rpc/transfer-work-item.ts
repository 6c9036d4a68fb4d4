import type { WorkView } from '../../use-cases/commands';
import { showWork } from '../../wire/work';
import type { Rpc } from './deps';
import { asking } from './deps';

/** Passes a contact on, with everything the next agent must know. */
export const transferWorkItem: Rpc<'transferWorkItem'> = (deps) => async (request, call) => {
  const { workItemId, queueId, agentId, reason } = request;
  const handover = request.handover ?? { issue: '', tried: '', promised: '', nextStep: '' };
  const by = asking('TransferWorkItem', request, call);
  const view = await deps.execute({ do: 'transfer', workItemId, queueId, agentId, reason, handover, ...by });
  return { workItem: showWork(view as WorkView) };
};
