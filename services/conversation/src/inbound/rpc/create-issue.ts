import { idFrom } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting } from './deps';
import { presentIssue } from './issues';

/** Creates an issue: the matter that conversations are about. */
export const createIssue: Rpc<'createIssue'> = (deps) => async (request, call) => {
  const by = acting('CreateIssue', request, call, conversationV1.CreateIssueRequest);
  const at = deps.commands.now();
  const made = by.requestId ? idFrom(0, 'issue', by.tenantId, by.requestId) : idFrom(at, deps.commands.newId());
  const { tenantId, requestId, fingerprint } = by;
  const id = request.issueId || made;
  return {
    issue: presentIssue(await deps.issues.create({ tenantId, id, title: request.title, at, requestId, fingerprint })),
  };
};
