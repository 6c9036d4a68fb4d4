import { encodeEvent } from '@throughline/bus';
import { idFrom } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import type { Preloaded } from './channel-mix';
import { EPOCH, TENANT } from './channel-mix';

const channels = ['email', 'chat', 'voice'] as const;

export const contactPointOf = (customer: number): string => {
  const channel = channels[customer % 3]!;
  if (channel === 'email') return `email:c${customer}@example.org`;
  return channel === 'chat' ? `chat:visitor-${customer}` : `phone:+4930${1_000_000 + customer}`;
};

const TWO_WEEKS = 14 * 86_400_000;

/**
 * Made as the conversation service makes its ids: the time it began, then bits of a digest. Each began at some moment of two weeks that
 * has nothing to do with whose turn it is. Ids that only count share nearly all of their characters, and an index of them takes a
 * fraction of what it takes in life.
 */
export const conversationIdOf = (customer: number): string =>
  idFrom(EPOCH - ((customer * 7_919_317) % TWO_WEEKS), 'bench', String(customer));

/** Event `seq` (from 1) of a customer's one conversation. About 300 bytes. */
export const conversationEvent = (customer: number, seq: number, at: number): Preloaded => {
  const conversationId = conversationIdOf(customer);
  const time = new Date(EPOCH + at);
  const value = encodeEvent({
    id: `${conversationId}/${seq}`,
    source: 'throughline/conversation',
    type: 'throughline.conversation.v1.MessageReceived',
    subject: conversationId,
    time,
    recordedAt: time,
    tenantId: TENANT,
    contactPoint: contactPointOf(customer),
    conversationId,
    channel: channels[customer % 3]!,
    data: conversationV1.MessageReceived.encode(
      conversationV1.MessageReceived.fromPartial({
        conversationId,
        messageId: `m${seq}`,
        channel: channels[customer % 3]!,
        text: `Where is order ${at}? It should have been here.`,
      }),
    ).finish(),
  });
  return { key: `${TENANT}/${conversationId}`, value };
};

// Has no factor in common with a round number of customers.
const STRIDE = 61_803;

/**
 * Whose turn is `n`: every customer once in `customers` turns, in an order that has nothing to do with their ids. In the order of ids
 * every index that begins with one would be written at its end only, which no day of work looks like.
 */
export const customerAt = (n: number, customers: number): number => (n * STRIDE) % customers;

/** `count` events, spread round-robin over `customers`: every customer's events are apart in time, as in life. */
export function* conversationEvents(count: number, customers: number): Generator<Preloaded> {
  for (let n = 0; n < count; n++) yield conversationEvent(customerAt(n, customers), Math.floor(n / customers) + 1, n);
}
