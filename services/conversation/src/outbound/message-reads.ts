import type { mongo } from 'mongoose';
import { conversationOfMessageId, isClaim } from '../domain/claims';
import type { Message } from '../domain/conversation';
import type { ConversationLog, Key } from '../use-cases/ports';
import { claimBinary, entryId, keyHash, splitKey } from './claims';
import type { EntryDoc } from './entry-document';
import { messagesIn } from './entry-document';

const lastVersion = 0xffff_ffff;
const chunk = 200;

type Reads = Pick<ConversationLog, 'messagesOf' | 'messageById'>;

const messageIn = (doc: EntryDoc, messageId: string): { key: Key; message: Message } | undefined => {
  const message = messagesIn(doc).find((candidate) => candidate.id === messageId);
  return message ? { key: doc.k, message } : undefined;
};

/** Messages are read from the log itself: they are not stored a second time. */
export const messageReads = (entries: mongo.Collection<EntryDoc>): Reads => {
  const entriesOf = (key: Key) => {
    const hash = keyHash(key);
    return entries.find({ _id: { $gte: entryId(hash, 0), $lte: entryId(hash, lastVersion) } }, { batchSize: chunk });
  };
  const inConversation = async (key: Key, messageId: string) => {
    for await (const doc of entriesOf(key)) {
      const found = messageIn(doc, messageId);
      if (found) return found;
    }
    return undefined;
  };
  return {
    /** Messages from a position on (or back from it), with those that moved away left in: the caller knows which. */
    async messagesOf(key, { from, limit, newestFirst }) {
      const cursor = entriesOf(key).sort({ _id: newestFirst ? -1 : 1 });
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
      const conversationId = conversationOfMessageId(messageId);
      if (conversationId !== undefined) return inConversation(`${tenantId}/${conversationId}`, messageId);
      if (!isClaim(messageId)) return undefined;
      const doc = await entries.findOne({ ev: claimBinary(messageId) });
      if (!doc || splitKey(doc.k).tenantId !== tenantId) return undefined;
      return messageIn(doc, messageId);
    },
  };
};
