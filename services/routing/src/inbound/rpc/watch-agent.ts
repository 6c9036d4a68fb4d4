import { showAgentState } from '../../wire/work';
import type { Rpc } from './deps';

/** The agent's state now and after every change. A slow reader misses steps in between, never the latest state. */
export const watchAgent: Rpc<'watchAgent'> = (deps) =>
  async function* (request, call) {
    const { tenantId } = call.caller;
    let changed = true;
    let wake = (): void => {};
    const off = deps.hub.on(`agent_states/${tenantId}/${request.agentId}`, () => {
      changed = true;
      wake();
    });
    call.signal.addEventListener('abort', () => wake(), { once: true });
    try {
      await deps.follow(tenantId);
      while (!call.signal.aborted) {
        if (changed) {
          changed = false;
          const view = await deps.look.agentState(tenantId, request.agentId);
          yield { cursor: `${request.agentId}/${view.rev}`, state: showAgentState(view) };
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (changed || call.signal.aborted) resolve();
        });
      }
    } finally {
      off();
    }
  };
