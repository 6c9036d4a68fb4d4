import type { Handle, IncomingEvent } from '@throughline/bus';
import { parseEventId, readEach } from '@throughline/bus';
import { groupBy } from '@throughline/core';
import { conversationV1 } from '@throughline/proto';
import type { Priority } from '../../domain/setup';
import type { WorkItem } from '../../domain/work-item';
import { offerOfConnect } from '../../domain/work-item';
import type { Command } from '../../use-cases/commands';
import type { Reads } from '../../use-cases/ports';

const prefix = 'throughline.conversation.v1.';

const priorityOf = (value: string): Priority => {
  const name = value.replace('PRIORITY_', '');
  return name === 'LOW' || name === 'HIGH' || name === 'URGENT' ? name : 'NORMAL';
};

/** What a conversation says that routing listens to. */
type Told =
  | { kind: 'opened'; event: conversationV1.ConversationOpened }
  | { kind: 'wrote'; event: conversationV1.MessageReceived }
  | { kind: 'transferred'; event: conversationV1.ConversationTransferred }
  | { kind: 'keys'; digits: string }
  | { kind: 'refused'; offerId: string }
  | { kind: 'priority'; priority: Priority }
  | { kind: 'over'; customerLeft: boolean; reason: string };

const toldBy = ({ type, data }: IncomingEvent): Told | undefined => {
  switch (type.startsWith(prefix) ? type.slice(prefix.length) : '') {
    case 'ConversationOpened':
      return { kind: 'opened', event: conversationV1.ConversationOpened.decode(data) };
    case 'MessageReceived':
      return { kind: 'wrote', event: conversationV1.MessageReceived.decode(data) };
    case 'CallProgressed': {
      const { step, detail } = conversationV1.CallProgressed.decode(data);
      if (step === 'keys_pressed') return { kind: 'keys', digits: detail };
      if (step === 'command_refused') {
        const offerId = offerOfConnect(detail);
        return offerId ? { kind: 'refused', offerId } : undefined;
      }
      return step === 'ended' ? { kind: 'over', customerLeft: true, reason: 'CALL_ENDED' } : undefined;
    }
    case 'ConversationStateChanged': {
      const { to } = conversationV1.ConversationStateChanged.decode(data);
      const over = to === conversationV1.ConversationState.SOLVED || to === conversationV1.ConversationState.CLOSED;
      return over ? { kind: 'over', customerLeft: false, reason: 'SOLVED' } : undefined;
    }
    case 'ConversationTransferred': {
      const transferred = conversationV1.ConversationTransferred.decode(data);
      // With a work item, routing said it first.
      return transferred.workItemId ? undefined : { kind: 'transferred', event: transferred };
    }
    case 'ConversationDetailsChanged': {
      const { changedFields, priority } = conversationV1.ConversationDetailsChanged.decode(data);
      return changedFields.includes('priority') ? { kind: 'priority', priority: priorityOf(priority) } : undefined;
    }
    case 'ConversationMerged':
      return { kind: 'over', customerLeft: false, reason: 'MERGED' };
    default:
      return undefined;
  }
};

const keyOf = ({ tenantId, conversationId = '' }: IncomingEvent): string => `${tenantId}/${conversationId}`;

type About = Pick<WorkItem, 'priority' | 'language' | 'topic' | 'subject' | 'threadKey' | 'destination'>;
type Known = About & Pick<WorkItem, 'agentId'>;

// Written out, as the command below that most events become: put together from spread parts they cost twenty microseconds more.
const originOf = (
  { conversationId = '', contactPoint = '', channel = '', time }: IncomingEvent,
  id: string,
  { priority, subject, language, topic, threadKey, destination }: About,
  attributes: Record<string, string>,
) => ({
  id,
  conversationId,
  contactPoint,
  channel,
  priority,
  subject,
  language,
  topic,
  attributes,
  arrivedAt: time.getTime(),
  threadKey,
  destination,
});

const follow = (
  { tenantId }: IncomingEvent,
  heard: number,
  origin: ReturnType<typeof originOf>,
  preferredAgentId: string,
  again: boolean,
): Command => ({
  tenantId,
  requestId: '',
  fingerprint: '',
  do: 'follow',
  heard,
  origin,
  preferredAgentId,
  again,
});

const commandOf = (event: IncomingEvent, told: Told, known: Known | undefined): Command | undefined => {
  const { tenantId, conversationId = '' } = event;
  const heard = parseEventId(event.id)?.seq ?? 0;
  if (told.kind === 'opened') {
    const { subject, language, topic, attributes, threadKey, destination } = told.event;
    const about = { priority: priorityOf(told.event.priority), subject, language, topic, threadKey, destination };
    return follow(event, heard, originOf(event, conversationId, about, attributes), '', false);
  }
  const by = { tenantId, requestId: '', fingerprint: '', heard };
  if (told.kind === 'over') {
    const { customerLeft, reason } = told;
    return { do: 'conversation_over', conversationId, customerLeft, reason, ...by };
  }
  if (told.kind === 'keys') return { do: 'keys_pressed', conversationId, digits: told.digits, ...by };
  if (told.kind === 'refused') return { do: 'not_connected', conversationId, offerId: told.offerId, ...by };
  if (told.kind === 'priority') return { do: 'reprioritize', conversationId, priority: told.priority, ...by };
  if (!known) return undefined;
  if (told.kind === 'transferred') {
    const { toQueueId: queueId, toAgentId: agentId, reason, handover } = told.event;
    const origin = originOf(event, `${conversationId}-t${heard}`, known, {});
    const full = handover ?? { issue: '', tried: '', promised: '', nextStep: '' };
    return { do: 'conversation_transferred', origin, queueId, agentId, reason, handover: full, ...by };
  }
  // The customer wrote. When the work was done, that is new work, best with whom they had last.
  const origin = originOf(event, `${conversationId}-${told.event.position}`, known, {});
  return follow(event, heard, origin, known.agentId, true);
};

/** Makes work of conversations: one item when it opens, another when the customer comes back, and an end to it. */
export const followOnConversationEvent =
  (
    hand: (command: Command, id: string) => Promise<void>,
    reads: Pick<Reads, 'latestWork'>,
    inMemory: (tenantId: string, conversationId: string) => WorkItem | undefined,
  ): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => {
      const told = toldBy(event);
      return told && event.conversationId ? { event, told } : undefined;
    });
    const written = said
      .filter(({ told: { kind } }) => kind === 'wrote' || kind === 'transferred')
      .map(({ event }) => keyOf(event));
    const latest = await reads.latestWork([...new Set(written)]);
    const commands = said.flatMap(({ event, told }) => {
      const key = keyOf(event);
      const known = inMemory(event.tenantId, event.conversationId ?? '') ?? latest.get(key);
      const command = commandOf(event, told, known);
      return command ? [{ key, command, id: `event/${event.id}` }] : [];
    });
    // In order within a conversation, together across conversations: they meet in the same row.
    await Promise.all(
      [...groupBy(commands, ({ key }) => key).values()].map(async (list) => {
        for (const { command, id } of list) await hand(command, id);
      }),
    );
    return { dead };
  };
