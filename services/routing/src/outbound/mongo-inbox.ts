import type { Store } from '@throughline/store';
import { watchInserts } from '@throughline/store';
import type { Answer, Changed, Inbox } from '../use-cases/ports';
import { docsIn } from './row';

interface InboxDoc {
  _id: string;
  shard: number;
  command: unknown;
  at: Date;
}

interface RowNotice {
  docs?: string;
  answers?: Answer[];
}

/** Commands for shards of other processes, and the rows that answer them. */
export const createMongoInbox = (store: Store, changed: Changed) => {
  const commands = () => store.db.collection<InboxDoc>('inbox');
  const waiting = new Map<string, (answer: Answer) => void>();
  const feeds = new Map<number, Promise<{ stop(): Promise<void> }>>();
  // Once somebody asked after another process' shard, its rows are followed until the end.
  const follow = (shard: number) => {
    let feed = feeds.get(shard);
    if (!feed) {
      feed = watchInserts<RowNotice>(
        store,
        'log',
        ({ docs, answers }) => {
          for (const answer of answers ?? []) waiting.get(answer.id)?.(answer);
          if (docs) changed(docsIn({ docs }));
        },
        { match: { shard } },
      );
      feeds.set(shard, feed);
      feed.catch(() => feeds.delete(shard));
    }
    return feed;
  };
  const inbox: Inbox = {
    async put(shard, id, command) {
      const doc = { _id: id, shard, command, at: new Date() };
      await commands().updateOne({ _id: id }, { $setOnInsert: doc }, { upsert: true, ignoreUndefined: true });
    },
    async answerOf(shard, id, signal) {
      await follow(shard);
      return new Promise<Answer>((resolve, reject) => {
        waiting.set(id, (answer) => {
          waiting.delete(id);
          resolve(answer);
        });
        signal.addEventListener(
          'abort',
          () => {
            waiting.delete(id);
            reject(Object.assign(new Error(`shard ${shard} has no owner that answers`), { transient: true }));
          },
          { once: true },
        );
      });
    },
    // One stream for all shards of this process: each costs the database a question twice a second, even when nothing comes.
    watch: (shard, onCommand) =>
      watchInserts<InboxDoc>(store, 'inbox', ({ _id, shard: of, command }) => {
        if (of === shard) onCommand(_id, command);
      }),
    async done(ids) {
      await commands().deleteMany({ _id: { $in: ids } });
    },
  };
  return {
    inbox,
    follow,
    async stop(): Promise<void> {
      for (const feed of feeds.values()) await (await feed.catch(() => undefined))?.stop();
    },
  };
};
