import { fromState } from '../../contract/names';
import type { Conversation } from '../../domain/conversation';
import type { Rpc } from './deps';
import { presented } from './deps';

/** Streams the tenant's conversations as they change, filtered. */
export const watchInbox: Rpc<'watchInbox'> = (deps) =>
  async function* (request, call) {
    const { tenantId } = call.caller;
    const states = new Set<string>(request.states.map(fromState));
    const wanted = (state: Conversation): boolean =>
      (states.size === 0 || states.has(state.state)) &&
      (request.assigneeId === '' || state.assigneeId === request.assigneeId) &&
      (request.queueId === '' || state.queueId === request.queueId);
    for await (const { key } of deps.watch.tenant(tenantId, call.signal)) {
      const state = (await deps.log.load([key])).get(key)?.held.state;
      if (state && wanted(state))
        yield { cursor: `${state.id}/${state.sequence}`, conversation: await presented(deps, state) };
    }
  };
