import type { mongo } from 'mongoose';
import { readPageToken, writePageToken } from '../contract/page-token';
import type { ListConversations, ListQuery } from '../use-cases/ports';
import type { ConversationDoc } from './conversation-document';
import { stateOfDoc } from './conversation-document';
import type { MongoCustomerLinks } from './customer-links';

const escaped = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const wordFilter = (word: string): mongo.Document => {
  const pattern = { $regex: escaped(word), $options: 'i' };
  return { $or: [{ subject: pattern }, { customerName: pattern }, { contactPoint: pattern }] };
};

const filterOf = async (query: ListQuery, links: MongoCustomerLinks): Promise<mongo.Document> => {
  const filter: mongo.Document = { tenantId: query.tenantId };
  const and: mongo.Document[] = [];
  if (query.states.length > 0) filter['state'] = { $in: query.states };
  for (const field of ['assigneeId', 'queueId', 'issueId', 'channel'] as const) {
    if (query[field]) filter[field] = query[field];
  }
  if (query.tag) filter['tags'] = query.tag;
  if (query.updatedSince > 0) and.push({ updatedAt: { $gte: query.updatedSince } });
  if (query.customerId) and.push(await links.filterFor(query.tenantId, query.customerId));
  for (const word of query.text.split(/\s+/).filter(Boolean).slice(0, 8)) and.push(wordFilter(word));
  const after = readPageToken(query.pageToken);
  if (after) and.push({ $or: [{ updatedAt: { $lt: after.at } }, { updatedAt: after.at, _id: { $lt: after.id } }] });
  return and.length > 0 ? { ...filter, $and: and } : filter;
};

/** Lists from the snapshots, latest change first. */
export const listConversations =
  (db: mongo.Db, links: MongoCustomerLinks): ListConversations =>
  async (query) => {
    const docs = await db
      .collection<ConversationDoc>('conversations')
      .find(await filterOf(query, links))
      .sort({ updatedAt: -1, _id: -1 })
      .limit(query.pageSize + 1)
      .toArray();
    const page = docs.slice(0, query.pageSize);
    const last = page.at(-1);
    const more = docs.length > query.pageSize && last;
    return {
      conversations: page.map(stateOfDoc),
      nextPageToken: more ? writePageToken({ at: last.updatedAt, id: last._id }) : '',
    };
  };
