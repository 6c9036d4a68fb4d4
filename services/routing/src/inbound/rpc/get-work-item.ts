import { showWork } from '../../wire/work';
import type { Rpc } from './deps';

/** One work item. */
export const getWorkItem: Rpc<'getWorkItem'> = (deps) => async (request, call) => ({
  workItem: showWork(await deps.look.work(call.caller.tenantId, request.workItemId)),
});
