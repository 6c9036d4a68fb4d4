import { conversationV1 } from '@throughline/proto';
import { presentMessage } from '../../contract/present';
import type { Rpc } from './deps';
import { acting, change } from './deps';

/** Adds an internal note that the customer never sees. */
export const addNote: Rpc<'addNote'> = (deps) => async (request, call) => {
  const by = acting('AddNote', request, call, conversationV1.AddNoteRequest);
  const id = by.requestId
    ? deps.commands.claimOf('note', by.tenantId, request.conversationId, by.requestId)
    : deps.commands.claimOf('note', deps.commands.newId());
  const at = deps.commands.now();
  const note = {
    id,
    kind: 'NOTE' as const,
    author: by.actor,
    subject: '',
    text: request.text,
    html: '',
    attachments: [],
    at,
    messageClass: 'NORMAL' as const,
    automatic: false,
    mentions: [...new Set(request.mentions)],
    mailId: '',
    position: 0,
  };
  const { state } = await change(deps, by, request.conversationId, (current) => ({
    subjectId: id,
    claims: [id],
    commands: [{ type: 'add_note', at, actor: by.actor, message: { ...note, channel: current.channel } }],
  }));
  const stored = (await deps.log.messageById(by.tenantId, id))?.message;
  return { message: presentMessage(stored ?? { ...note, channel: state.channel }, state) };
};
