import { isHere } from '../../domain/conversation';
import { prefill } from '../../domain/handover';
import type { Rpc } from './deps';
import { needed } from './deps';

const LOOKED_AT = 100;

/** Fills in a handover from the conversation. */
export const prefillHandover: Rpc<'prefillHandover'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const state = await needed(deps, tenantId, request.conversationId);
  const latest = await deps.log.messagesOf(`${tenantId}/${state.id}`, {
    from: Number.MAX_SAFE_INTEGER,
    limit: LOOKED_AT,
    newestFirst: true,
  });
  const issue = state.issueId ? await deps.issues.get(tenantId, state.issueId) : undefined;
  const messages = latest.filter((message) => isHere(state, message)).reverse();
  return prefill(state, issue?.title ?? '', messages);
};
