import { newId } from '@throughline/core';
import type { Store } from '@throughline/store';
import { duplicatesOf } from '@throughline/store';
import type { NewSend, SendStore, UnreportedSend } from '../../use-cases/ports';

interface SendDocument {
  _id: string;
  tenantId: string;
  messageId: string;
  conversationId: string;
  threadKey: string;
  to: string;
  rfcMessageId: string;
  /** Everything an answer may name the mail by, in lower case: some servers change the case of addresses. */
  keys: string[];
  atMostOnce: boolean;
  state: 'waiting' | 'sending' | 'sent' | 'failed';
  attempts: number;
  createdAt: Date;
  /** When it must be looked at: the next attempt, or the end of a claim. Absent when it is over. */
  dueAt?: Date;
  claim?: string;
  request?: Buffer;
  code?: string;
  detail?: string;
  settledAt?: Date;
  unreported?: boolean;
}

const keyOfId = (id: string): string => `id:${id.toLowerCase()}`;
const keyOfToken = (token: string): string => `token:${token.toLowerCase()}`;

const documentOf = (send: NewSend, now: Date): SendDocument => ({
  _id: `${send.tenantId}/${send.messageId}`,
  tenantId: send.tenantId,
  messageId: send.messageId,
  conversationId: send.conversationId,
  // A conversation that starts with us is named by our own first mail: answers will refer to it.
  threadKey: send.threadKey || send.rfcMessageId || send.messageId,
  to: send.to,
  rfcMessageId: send.rfcMessageId,
  keys: [...(send.rfcMessageId ? [keyOfId(send.rfcMessageId)] : []), ...send.tokens.map(keyOfToken)],
  atMostOnce: send.atMostOnce,
  attempts: 0,
  createdAt: now,
  ...(send.refused
    ? { state: 'failed', code: send.refused.code, detail: send.refused.detail, settledAt: now, unreported: true }
    : { state: 'waiting', dueAt: now, request: send.request }),
});

const reportOf = (found: SendDocument): UnreportedSend => ({
  id: found._id,
  tenantId: found.tenantId,
  messageId: found.messageId,
  conversationId: found.conversationId,
  threadKey: found.threadKey,
  to: found.to,
  state: found.state === 'sent' ? 'sent' : 'failed',
  code: found.code ?? '',
  detail: found.detail ?? '',
  rfcMessageId: found.rfcMessageId,
  settledAt: (found.settledAt ?? found.createdAt).getTime(),
});

/** Outgoing mails in MongoDB: one document each, claimed under a fence, so two processes never send the same one. */
export function createSendStore(store: Pick<Store, 'db'>): SendStore {
  const sends = () => store.db.collection<SendDocument>('sends');
  return {
    async accept(news, now) {
      if (news.length === 0) return;
      const documents = news.map((send) => documentOf(send, new Date(now)));
      await duplicatesOf(() => sends().insertMany(documents, { ordered: false }));
    },
    async claim(now, leaseMs) {
      const claim = newId();
      const found = await sends().findOneAndUpdate(
        { dueAt: { $lte: new Date(now) } },
        { $set: { state: 'sending', claim, dueAt: new Date(now + leaseMs) }, $inc: { attempts: 1 } },
        { sort: { dueAt: 1 }, returnDocument: 'before', promoteBuffers: true },
      );
      if (!found) return undefined;
      return {
        id: found._id,
        tenantId: found.tenantId,
        messageId: found.messageId,
        conversationId: found.conversationId,
        threadKey: found.threadKey,
        to: found.to,
        attempts: found.attempts + 1,
        createdAt: found.createdAt.getTime(),
        atMostOnce: found.atMostOnce,
        interrupted: found.state === 'sending',
        claim,
        request: found.request ?? Buffer.alloc(0),
      };
    },
    async settle(send, next, now) {
      const fence = { _id: send.id, claim: send.claim };
      if (next.state === 'waiting') {
        const change = { state: 'waiting' as const, dueAt: new Date(next.notBefore), detail: next.detail };
        return (await sends().updateOne(fence, { $set: change, $unset: { claim: '' } })).matchedCount === 1;
      }
      const end = next.state === 'failed' ? { code: next.code, detail: next.detail } : { code: '', detail: '' };
      const change = { state: next.state, settledAt: new Date(now), unreported: true, ...end };
      const over = { claim: '' as const, dueAt: '' as const, request: '' as const };
      return (await sends().updateOne(fence, { $set: change, $unset: over })).matchedCount === 1;
    },
    async unreported(limit) {
      return (await sends().find({ unreported: true }).limit(limit).toArray()).map(reportOf);
    },
    async markReported(ids) {
      await sends().updateMany({ _id: { $in: [...ids] } }, { $unset: { unreported: '' } });
    },
    async find(tenantId, messageIds, tokens) {
      const keys = [...messageIds.map(keyOfId), ...tokens.map(keyOfToken)].slice(0, 250);
      if (keys.length === 0) return undefined;
      const [found] = await sends()
        .find({ tenantId, keys: { $in: keys } })
        .sort({ createdAt: -1 })
        .limit(1)
        .toArray();
      return (
        found && {
          messageId: found.messageId,
          conversationId: found.conversationId,
          threadKey: found.threadKey,
          to: found.to,
        }
      );
    },
  };
}
