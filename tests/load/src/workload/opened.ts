import { encodeEvent } from '@throughline/bus';
import { conversationV1 } from '@throughline/proto';
import type { Preloaded } from './channel-mix';
import { EPOCH, TENANT } from './channel-mix';
import { contactPointOf, conversationIdOf } from './conversation-events';

/** `count` chats that were opened one after another, each a contact to be routed. About 300 bytes. */
export function* openedChats(count: number): Generator<Preloaded> {
  for (let n = 0; n < count; n++) {
    const conversationId = conversationIdOf(n);
    const time = new Date(EPOCH + n);
    const opened = conversationV1.ConversationOpened.fromPartial({
      conversationId,
      channel: 'chat',
      subject: `Where is order ${n}?`,
      language: 'en',
      topic: 'orders',
      priority: conversationV1.Priority.NORMAL,
    });
    const value = encodeEvent({
      id: `${conversationId}/1`,
      source: 'throughline/conversation',
      type: 'throughline.conversation.v1.ConversationOpened',
      subject: conversationId,
      time,
      recordedAt: time,
      tenantId: TENANT,
      contactPoint: contactPointOf(n),
      conversationId,
      channel: 'chat',
      data: conversationV1.ConversationOpened.encode(opened).finish(),
    });
    yield { key: `${TENANT}/${conversationId}`, value };
  }
}
