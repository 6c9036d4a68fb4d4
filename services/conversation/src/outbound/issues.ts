import { Refusal } from '@throughline/core';
import type { mongo } from 'mongoose';
import { readPageToken, writePageToken } from '../contract/page-token';
import type { Issue, Issues } from '../use-cases/ports';
import type { ConversationDoc } from './conversation-document';

interface IssueDoc {
  _id: string;
  tenantId: string;
  id: string;
  title: string;
  createdAt: number;
  updatedAt: number;
  requestId: string;
  fingerprint: string;
}

const maxListed = 1000;

/** Issues: a title and the conversations that point at it. Resolved when all of those are solved or closed. */
export const createIssues = (db: mongo.Db): Issues => {
  const issues = db.collection<IssueDoc>('issues');
  const conversations = db.collection<ConversationDoc>('conversations');
  const durable = { writeConcern: { w: 'majority', journal: true } } as const;

  const complete = async (docs: IssueDoc[]): Promise<Issue[]> => {
    if (docs.length === 0) return [];
    const linked = await conversations
      .find(
        { tenantId: docs[0]?.tenantId as string, issueId: { $in: docs.map((doc) => doc.id), $gt: '' } },
        { projection: { id: 1, issueId: 1, state: 1 } },
      )
      .limit(maxListed * docs.length)
      .toArray();
    return docs.map((doc) => {
      const own = linked.filter((one) => one.issueId === doc.id);
      const done = own.length > 0 && own.every((one) => one.state === 'SOLVED' || one.state === 'CLOSED');
      const conversationIds = own.slice(0, maxListed).map((one) => one.id);
      return { ...doc, state: done ? ('RESOLVED' as const) : ('OPEN' as const), conversationIds };
    });
  };

  const get = async (tenantId: string, id: string): Promise<Issue> => {
    const doc = await issues.findOne({ _id: `${tenantId}/${id}` });
    if (!doc) throw new Refusal('not_found', 'ISSUE_NOT_FOUND', `there is no issue ${id}`);
    return (await complete([doc]))[0] as Issue;
  };

  return {
    get,
    async create(issue) {
      const { at, ...rest } = issue;
      const doc: IssueDoc = { _id: `${issue.tenantId}/${issue.id}`, ...rest, createdAt: at, updatedAt: at };
      try {
        await issues.insertOne(doc, durable);
      } catch (error) {
        if ((error as { code?: number }).code !== 11000) throw error;
        const known = await issues.findOne({ _id: doc._id });
        if (!issue.requestId || known?.requestId !== issue.requestId) {
          throw new Refusal('already_exists', 'ISSUE_EXISTS', `issue ${issue.id} exists already`);
        }
        if (known.fingerprint !== issue.fingerprint) {
          throw new Refusal('precondition', 'IDEMPOTENCY_KEY_REUSED', 'this request id was used with another request');
        }
      }
      return get(issue.tenantId, issue.id);
    },
    async touch(tenantId, id, at) {
      await issues.updateOne({ _id: `${tenantId}/${id}` }, { $max: { updatedAt: at } }, durable);
    },
    async list(query) {
      const after = readPageToken(query.pageToken);
      const older = after && {
        $or: [{ updatedAt: { $lt: after.at } }, { updatedAt: after.at, _id: { $lt: after.id } }],
      };
      const found: Issue[] = [];
      let filter: mongo.Document = { tenantId: query.tenantId, ...older };
      for (;;) {
        const docs = await issues
          .find(filter)
          .sort({ updatedAt: -1, _id: -1 })
          .limit(query.pageSize + 1)
          .toArray();
        const complete_ = await complete(docs);
        found.push(...complete_.filter((issue) => !query.state || issue.state === query.state));
        const last = docs.at(-1);
        // The state follows from the conversations, so a page is filled by reading on.
        if (found.length > query.pageSize || docs.length <= query.pageSize || !last) break;
        filter = {
          tenantId: query.tenantId,
          $or: [{ updatedAt: { $lt: last.updatedAt } }, { updatedAt: last.updatedAt, _id: { $lt: last._id } }],
        };
      }
      const page = found.slice(0, query.pageSize);
      const last = page.at(-1);
      const more = found.length > query.pageSize && last;
      return {
        issues: page,
        nextPageToken: more ? writePageToken({ at: last.updatedAt, id: `${query.tenantId}/${last.id}` }) : '',
      };
    },
  };
};
