import type { conversationV1 } from '@throughline/proto';
import { presentMessage } from '../../contract/present';
import { presentViewers } from './announce-viewing';
import type { Rpc } from './deps';
import { needed, presented } from './deps';

type Change = NonNullable<conversationV1.WatchConversationResponse['change']>;

/** Streams one conversation: how it is now, then its changes, messages and viewers. */
export const watchConversation: Rpc<'watchConversation'> = (deps) =>
  async function* (request, call) {
    const { tenantId } = call.caller;
    const key = `${tenantId}/${request.conversationId}`;
    const notices = deps.watch.conversation(key, call.signal)[Symbol.asyncIterator]();
    // The feed opens with the first pull: only then is nothing missed between the present state and the changes.
    let pending = notices.next();
    let state = await needed(deps, tenantId, request.conversationId);
    const told = (change: Change) => ({ cursor: String(state.sequence), change });
    yield told({ $case: 'conversation', value: await presented(deps, state) });
    try {
      for (;;) {
        const { done, value: notice } = await pending;
        if (done || notice === undefined) return;
        pending = notices.next();
        if (notice === 'viewers') {
          yield told({ $case: 'viewers', value: { viewers: presentViewers(await deps.viewings.current(key)) } });
          continue;
        }
        state = await needed(deps, tenantId, request.conversationId);
        for (const message of notice.messages) yield told({ $case: 'message', value: presentMessage(message, state) });
        yield told({ $case: 'conversation', value: await presented(deps, state) });
      }
    } finally {
      await notices.return?.(undefined);
    }
  };
