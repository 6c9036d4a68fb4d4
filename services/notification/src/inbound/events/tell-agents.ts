import type { Delivery } from '@throughline/bus';
import type { News } from '../../domain/notice/notice';
import type { Assignees, NoticeStore } from '../../use-cases/ports';
import type { ReadNews } from './read-news';
import { readAssignment, readNews } from './read-news';

export interface TellDeps {
  assignees: Assignees;
  notices: NoticeStore;
  told(notices: number): void;
}

const withAssignees = async (assignees: Assignees, news: ReadNews[]): Promise<News[]> => {
  const tenants = new Map<string, Set<string>>();
  for (const { tenantId, conversationId, assignee } of news) {
    if (assignee && conversationId) tenants.set(tenantId, (tenants.get(tenantId) ?? new Set()).add(conversationId));
  }
  const known = new Map<string, Map<string, string>>();
  for (const [tenantId, ids] of tenants) known.set(tenantId, await assignees.of(tenantId, [...ids]));
  return news.map(({ assignee, ...one }) => {
    const agentId = assignee ? known.get(one.tenantId)?.get(one.conversationId) : undefined;
    return agentId ? { ...one, to: [...one.to, { agentId }] } : one;
  });
};

/** Tells agents and teams what concerns them; a batch in one write, each event once. */
export const tellAgents =
  ({ assignees, notices, told }: TellDeps) =>
  async (deliveries: Delivery[]): Promise<void> => {
    await assignees.learn(deliveries.flatMap(({ event }) => readAssignment(event) ?? []));
    const news = deliveries.flatMap(({ event }) => readNews(event) ?? []);
    if (news.length === 0) return;
    await notices.tell(await withAssignees(assignees, news));
    told(news.length);
  };
