import { conversationV1 } from '@throughline/proto';
import { presentDraft } from '../../contract/present';
import type { Rpc } from './deps';
import { acting, change } from './deps';

/** Saves the shared draft; refused when somebody saved in between. */
export const saveDraft: Rpc<'saveDraft'> = (deps) => async (request, call) => {
  const by = acting('SaveDraft', request, call, conversationV1.SaveDraftRequest);
  const { state } = await change(deps, by, request.conversationId, () => ({
    commands: [
      {
        type: 'save_draft',
        at: deps.commands.now(),
        actor: by.actor,
        text: request.text,
        baseRevision: Number(request.baseRevision),
      },
    ],
  }));
  const emptied = { text: '', author: undefined, savedAt: undefined, revision: BigInt(state.draftRevision) };
  return { draft: presentDraft(state) ?? emptied };
};
