import { hash16Text } from '@throughline/core';
import type { Feed, IndexSpec, Store } from '@throughline/store';
import { insertNew, watchInserts } from '@throughline/store';
import { mongo } from 'mongoose';
import type { News, Notice } from '../domain/notice/notice';
import { recipientsOf } from '../domain/notice/notice';
import type { Stamp } from '../domain/notice/place';
import { numberOf, secondsOf, stampOf } from '../domain/notice/place';
import type { NoticeStore } from '../use-cases/ports';

interface Doc extends Omit<Notice, 'id' | 'stamp' | 'at'> {
  _id: string;
  cursor: mongo.Timestamp;
  at: Date;
}

export const noticeIndexes: IndexSpec[] = [
  { collection: 'notices', name: 'of_recipient', keys: { tenantId: 1, recipient: 1, cursor: 1 } },
  { collection: 'notices', name: 'kept', keys: { at: 1 }, expireAfterSeconds: 30 * 86_400 },
];

const CHUNK = 1_000;
/** The database puts its own time in the place of this: the next of its cluster, and another one for each row. */
const STAMPED_BY_DATABASE = new mongo.Timestamp({ t: 0, i: 0 });

const timestampOf = (stamp: Stamp): mongo.Timestamp => new mongo.Timestamp({ t: secondsOf(stamp), i: numberOf(stamp) });

const noticeOf = ({ _id, cursor, at, ...rest }: Doc): Notice => ({
  ...rest,
  id: _id.slice(rest.tenantId.length + 1),
  stamp: stampOf(cursor.t, cursor.i),
  at: at.getTime(),
});

/** Rows of an event, one per recipient. What takes time, a hash, is made once for all of them. */
const docsOf = (news: News): Doc[] => {
  const { tenantId, eventId, kind, text, conversationId, aboutId } = news;
  const at = new Date(news.at);
  const event = `${tenantId}/${hash16Text('notice', eventId)}.`;
  return recipientsOf(news).map((recipient) => ({
    _id: event + recipient,
    tenantId,
    recipient,
    cursor: STAMPED_BY_DATABASE,
    at,
    kind,
    text,
    conversationId,
    aboutId,
  }));
};

/** Rows of earlier versions, whose order was that of ids with the time of a process, get stamps of that time. Bears being run again. */
export const stampOldNotices = async (db: mongo.Db): Promise<void> => {
  const notices = db.collection<{ _id: string; cursor: string | mongo.Timestamp }>('notices');
  const old = notices.find({ cursor: { $type: 'string' } }).project<{ _id: string; cursor: string }>({ cursor: 1 });
  let writes: mongo.AnyBulkWriteOperation<{ _id: string; cursor: string | mongo.Timestamp }>[] = [];
  const flush = async (): Promise<void> => {
    if (writes.length > 0) await notices.bulkWrite(writes, { ordered: false });
    writes = [];
  };
  let number = 0;
  for await (const { _id, cursor } of old.sort({ cursor: 1 })) {
    const ms = Number.parseInt(cursor.replaceAll('-', '').slice(0, 12), 16);
    const stamp = new mongo.Timestamp({ t: Math.floor(ms / 1_000) || 1, i: ++number });
    writes.push({ updateOne: { filter: { _id }, update: { $set: { cursor: stamp } } } });
    if (writes.length === CHUNK) await flush();
  }
  await flush();
};

/** Notices on MongoDB, one row per recipient: read by whoever was away, streamed to whoever is there. */
export const createNoticeStore = (store: Store): NoticeStore => {
  const notices = () => store.db.collection<Doc>('notices');
  return {
    async tell(news) {
      let docs: Doc[] = [];
      // An event may concern hundreds: the rows of a batch are made and written piece by piece.
      for (const one of news) {
        docs.push(...docsOf(one));
        if (docs.length < CHUNK) continue;
        await insertNew(store.db, 'notices', docs);
        docs = [];
      }
      if (docs.length > 0) await insertNew(store.db, 'notices', docs);
    },
    async present() {
      const { operationTime } = (await store.db.command({ ping: 1 })) as { operationTime: mongo.Timestamp };
      return stampOf(operationTime.t, operationTime.i);
    },
    async after(tenantId, recipients, stamp, limit) {
      const found = notices()
        .find({ tenantId, recipient: { $in: recipients }, cursor: { $gt: timestampOf(stamp) } })
        .sort({ cursor: 1 })
        .limit(limit);
      return (await found.toArray()).map(noticeOf);
    },
    async before(tenantId, recipients, stamp, limit) {
      const earlier = stamp === undefined ? {} : { cursor: { $lt: timestampOf(stamp) } };
      const found = notices()
        .find({ tenantId, recipient: { $in: recipients }, ...earlier })
        .sort({ cursor: -1 })
        .limit(limit);
      return (await found.toArray()).map(noticeOf);
    },
    async between(tenantId, recipients, from, to) {
      const found = notices()
        .find({
          tenantId,
          recipient: { $in: recipients },
          cursor: { $gt: timestampOf(from), $lte: timestampOf(to) },
        })
        .project<Pick<Doc, 'cursor'>>({ _id: 0, cursor: 1 });
      return (await found.toArray()).map(({ cursor }) => stampOf(cursor.t, cursor.i));
    },
    async listen(onNotice, onBreak) {
      const onDoc = (doc: Doc): void => onNotice(noticeOf(doc));
      const feed: Feed = await watchInserts<Doc>(store, 'notices', onDoc, { onError: onBreak });
      return () => feed.stop();
    },
  };
};
