import type { mongo } from 'mongoose';
import { isClaim } from '../domain/claims';
import type { Message } from '../domain/conversation';
import type { ConversationLog, Key } from '../use-cases/ports';
import { claimBinary, entryId, keyHash, splitKey } from './claims';
import type { EntryDoc } from './entry-document';
import { unpackEvent } from './entry-document';

const lastVersion = 0xffff_ffff;
const chunk = 200;

const messagesIn = (doc: EntryDoc): Message[] =>
  doc.ch.flatMap((packed) => {
    const event = unpackEvent(packed);
    if (event.type === 'moved_in') return event.messages;
    return 'message' in event ? [event.message] : [];
  });

type Reads = Pick<ConversationLog, 'messagesOf' | 'messageById'>;

/** Messages are read from the log itself: they are not stored a second time. */
export const messageReads = (entries: mongo.Collection<EntryDoc>): Reads => ({
  /** Messages from a position on (or back from it), with those that moved away left in: the caller knows which. */
  async messagesOf(key, { from, limit, newestFirst }) {
    const hash = keyHash(key);
    const cursor = entries
      .find({ _id: { $gte: entryId(hash, 0), $lte: entryId(hash, lastVersion) } }, { batchSize: chunk })
      .sort({ _id: newestFirst ? -1 : 1 });
    const found: Message[] = [];
    for await (const doc of cursor) {
      const messages = messagesIn(doc);
      if (newestFirst) messages.reverse();
      for (const message of messages) {
        if (newestFirst ? message.position <= from : message.position >= from) found.push(message);
        if (found.length === limit) {
          await cursor.close();
          return found;
        }
      }
    }
    return found;
  },
  async messageById(tenantId, messageId) {
    if (!isClaim(messageId)) return undefined;
    const doc = await entries.findOne({ ev: claimBinary(messageId) });
    if (!doc || splitKey(doc.k).tenantId !== tenantId) return undefined;
    const message = messagesIn(doc).find((candidate) => candidate.id === messageId);
    return message ? { key: doc.k as Key, message } : undefined;
  },
});
