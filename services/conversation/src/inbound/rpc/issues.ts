import { conversationV1 as v1 } from '@throughline/proto';
import { toTime } from '../../contract/names';
import type { Issue } from '../../use-cases/ports';

export const presentIssue = (issue: Issue): v1.Issue => ({
  id: issue.id,
  title: issue.title,
  state: issue.state === 'RESOLVED' ? v1.IssueState.RESOLVED : v1.IssueState.OPEN,
  conversationIds: issue.conversationIds,
  createdAt: toTime(issue.createdAt),
  updatedAt: toTime(issue.updatedAt),
});
