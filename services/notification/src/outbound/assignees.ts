import type { Store } from '@throughline/store';
import type { Assignees } from '../use-cases/ports';

interface Doc {
  _id: string;
  agentId: string;
  at: Date;
}

/** Who has a conversation, as it last said. */
export const createAssignees = (store: Pick<Store, 'db'>): Assignees => {
  const assignees = () => store.db.collection<Doc>('assignees');
  return {
    async learn(facts) {
      if (facts.length === 0) return;
      await assignees().bulkWrite(
        facts.map(({ tenantId, conversationId, agentId, at }) => ({
          updateOne: {
            filter: { _id: `${tenantId}/${conversationId}` },
            update: { $set: { agentId, at: new Date(at) } },
            upsert: true,
          },
        })),
        { ordered: true },
      );
    },
    async of(tenantId, conversationIds) {
      const ids = conversationIds.map((id) => `${tenantId}/${id}`);
      const found = await assignees()
        .find({ _id: { $in: ids } })
        .toArray();
      return new Map(found.map(({ _id, agentId }) => [_id.slice(tenantId.length + 1), agentId]));
    },
  };
};
