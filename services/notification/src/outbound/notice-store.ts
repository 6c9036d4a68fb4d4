import { hash16Text, newId } from '@throughline/core';
import type { Feed, IndexSpec, Store } from '@throughline/store';
import { watchInserts } from '@throughline/store';
import type { News, Notice } from '../domain/notice/notice';
import { recipientsOf } from '../domain/notice/notice';
import type { NoticeStore } from '../use-cases/ports';

interface Doc extends Omit<Notice, 'id' | 'at'> {
  _id: string;
  at: Date;
}

export const noticeIndexes: IndexSpec[] = [
  { collection: 'notices', name: 'of_recipient', keys: { tenantId: 1, recipient: 1, cursor: 1 } },
  { collection: 'notices', name: 'kept', keys: { at: 1 }, expireAfterSeconds: 30 * 86_400 },
];

const CHUNK = 1_000;
/** Numbers from here on have as many digits each, as long as an event concerns fewer than a million. */
const PLACES = 36 ** 4;

const noticeOf = ({ _id, at, ...rest }: Doc): Notice => ({
  ...rest,
  id: _id.slice(rest.tenantId.length + 1),
  at: at.getTime(),
});

/**
 * Rows of an event, one per recipient. What takes time, a hash and an id, is made once for all of them: with an event that
 * concerns hundreds these rows are little more than the bare insert.
 */
const docsOf = (news: News): Doc[] => {
  const { tenantId, eventId, to, at: time, ...rest } = news;
  const at = new Date(time);
  const event = `${tenantId}/${hash16Text('notice', eventId)}.`;
  // Given at the insert, so that places rise in the order in which notices appear.
  const place = `${newId()}.`;
  return recipientsOf(news).map((recipient, i) => ({
    _id: event + recipient,
    tenantId,
    recipient,
    // An agent and its team are told of the same event one after the other.
    cursor: place + (PLACES + i).toString(36),
    at,
    ...rest,
  }));
};

const allDuplicates = (error: unknown): boolean => {
  const { code, writeErrors } = error as { code?: number; writeErrors?: { code?: number }[] };
  return code === 11000 && (writeErrors ?? []).every((one) => one.code === 11000);
};

/** Notices on MongoDB, one row per recipient: read by whoever was away, streamed to whoever is there. */
export const createNoticeStore = (store: Store): NoticeStore => {
  const notices = () => store.db.collection<Doc>('notices');
  const insert = async (docs: Doc[]): Promise<void> => {
    try {
      await notices().insertMany(docs, { ordered: false, forceServerObjectId: true });
    } catch (error) {
      if (!allDuplicates(error)) throw error;
    }
  };
  return {
    async tell(news) {
      let docs: Doc[] = [];
      // An event may concern hundreds: the rows of a batch are made and written piece by piece.
      for (const one of news) {
        docs.push(...docsOf(one));
        if (docs.length < CHUNK) continue;
        await insert(docs);
        docs = [];
      }
      if (docs.length > 0) await insert(docs);
    },
    async after(tenantId, recipients, cursor, limit) {
      const found = notices()
        .find({ tenantId, recipient: { $in: recipients }, cursor: { $gt: cursor } })
        .sort({ cursor: 1 })
        .limit(limit);
      return (await found.toArray()).map(noticeOf);
    },
    async before(tenantId, recipients, cursor, limit) {
      const found = notices()
        .find({ tenantId, recipient: { $in: recipients }, ...(cursor ? { cursor: { $lt: cursor } } : {}) })
        .sort({ cursor: -1 })
        .limit(limit);
      return (await found.toArray()).map(noticeOf);
    },
    async listen(onNotice) {
      const feed: Feed = await watchInserts<Doc>(store, 'notices', (doc) => onNotice(noticeOf(doc)));
      return () => feed.stop();
    },
  };
};
