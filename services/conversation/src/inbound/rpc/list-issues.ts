import type { Rpc } from './deps';
import { presentIssue } from './issues';

/** Lists issues, latest change first. */
export const listIssues: Rpc<'listIssues'> = (deps) => async (request, call) => {
  const state = request.state.replace('ISSUE_STATE_', '').replace('UNSPECIFIED', '');
  const { tenantId } = call.caller;
  const query = { tenantId, pageSize: request.pageSize || 20, pageToken: request.pageToken, state };
  const { issues, nextPageToken } = await deps.issues.list(query);
  return { issues: issues.map(presentIssue), nextPageToken };
};
