import type { Rpc } from './deps';
import { presentIssue } from './issues';

/** Reads one issue with its conversations. */
export const getIssue: Rpc<'getIssue'> = (deps) => async (request, call) => ({
  issue: presentIssue(await deps.issues.get(call.caller.tenantId, request.issueId)),
});
