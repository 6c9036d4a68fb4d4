import type { Store } from '@throughline/store';
import { watchInserts } from '@throughline/store';
import type { LogNotice, Watch } from '../use-cases/ports';
import type { EntryDoc } from './entry-document';
import { messagesIn } from './entry-document';

const maxWaiting = 1000;

/** Hands what a callback gets to whoever iterates; the oldest go when a slow reader lets too many wait. */
export const createMailbox = <T>(signal: AbortSignal) => {
  const waiting: T[] = [];
  let wake = (): void => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  return {
    put(item: T): void {
      if (waiting.length >= maxWaiting) waiting.shift();
      waiting.push(item);
      wake();
    },
    async *items(): AsyncGenerator<T> {
      while (!signal.aborted) {
        const item = waiting.shift();
        if (item !== undefined) {
          yield item;
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted || waiting.length > 0) resolve();
        });
      }
    },
  };
};

const noticeOf = (doc: EntryDoc): LogNotice => ({ key: doc.k, messages: messagesIn(doc) });

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Watches the log by change feed, which is open only while somebody watches. */
export const createWatch = (store: Store): Watch => ({
  async *conversation(key, signal) {
    const mailbox = createMailbox<LogNotice | 'viewers'>(signal);
    const feeds = await Promise.all([
      watchInserts<EntryDoc>(store, 'entries', (doc) => mailbox.put(noticeOf(doc)), { match: { k: key } }),
      watchInserts(store, 'viewings', () => mailbox.put('viewers'), { match: { key } }),
    ]);
    try {
      yield* mailbox.items();
    } finally {
      await Promise.all(feeds.map((feed) => feed.stop()));
    }
  },
  async *tenant(tenantId, signal) {
    const mailbox = createMailbox<LogNotice>(signal);
    const match = { k: { $regex: `^${escaped(tenantId)}/` } };
    const feed = await watchInserts<EntryDoc>(store, 'entries', (doc) => mailbox.put(noticeOf(doc)), { match });
    try {
      yield* mailbox.items();
    } finally {
      await feed.stop();
    }
  },
});
