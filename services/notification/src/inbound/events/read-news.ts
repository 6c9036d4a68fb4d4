import type { IncomingEvent } from '@throughline/bus';
import { conversationV1, slaV1 } from '@throughline/proto';
import type { News, Recipient } from '../../domain/notice/notice';

/** News whose recipient is also whoever has the conversation, when `assignee` is set. */
export interface ReadNews extends News {
  assignee: boolean;
}

export interface Assignment {
  tenantId: string;
  conversationId: string;
  agentId: string;
  at: number;
}

const MOST_TEXT = 1_000;

type Told = Omit<ReadNews, 'tenantId' | 'eventId' | 'at'>;

const teamOf = (team: string): Recipient[] => (team ? [{ teamId: team }] : []);
const agentOf = (agentId: string): Recipient[] => (agentId ? [{ agentId }] : []);

const ofClock = (
  kind: Told['kind'],
  clock: slaV1.ClockFacts | undefined,
  text: string,
  more: Recipient[] = [],
): Told => ({
  kind,
  text,
  conversationId: clock?.conversationId ?? '',
  aboutId: clock?.clockId ?? '',
  to: [...teamOf(clock?.team ?? ''), ...more],
  assignee: true,
});

const ofPromise = (kind: Told['kind'], promise: slaV1.CustomerPromise | undefined, text: string): Told => ({
  kind,
  text,
  conversationId: promise?.conversationId ?? '',
  aboutId: promise?.id ?? '',
  to: [...agentOf(promise?.ownerId ?? ''), ...(kind === 'promise_broken' ? teamOf(promise?.teamId ?? '') : [])],
  assignee: false,
});

// `team:billing` and `agent:7` say which they are; a bare name is an agent.
const named = (to: string): Recipient[] => {
  if (to.startsWith('team:')) return teamOf(to.slice('team:'.length));
  return agentOf(to.startsWith('agent:') ? to.slice('agent:'.length) : to);
};

const readers: Record<string, (data: Uint8Array) => Told | undefined> = {
  'throughline.sla.v1.ClockWarned'(data) {
    const { clock, summary } = slaV1.ClockWarned.decode(data);
    return ofClock('warning', clock, summary);
  },
  'throughline.sla.v1.ClockBreached'(data) {
    const { clock, summary } = slaV1.ClockBreached.decode(data);
    return ofClock('breach', clock, summary);
  },
  'throughline.sla.v1.ClockEscalated'(data) {
    const { clock, summary, actions } = slaV1.ClockEscalated.decode(data);
    const notify = [slaV1.EscalationActionKind.NOTIFY, slaV1.EscalationActionKind.PAGE];
    const to = actions.filter(({ kind }) => notify.includes(kind)).flatMap((action) => named(action.to));
    return to.length > 0 ? { ...ofClock('escalation', clock, summary, to), assignee: false } : undefined;
  },
  'throughline.sla.v1.PromiseDueSoon'(data) {
    const { promise, summary } = slaV1.PromiseDueSoon.decode(data);
    return ofPromise('promise_due', promise, summary);
  },
  'throughline.sla.v1.PromiseBroken'(data) {
    const { promise, summary } = slaV1.PromiseBroken.decode(data);
    return ofPromise('promise_broken', promise, summary);
  },
  'throughline.conversation.v1.NoteAdded'(data) {
    const { mentions, conversationId, messageId, author, text } = conversationV1.NoteAdded.decode(data);
    if (mentions.length === 0) return undefined;
    const who = author?.displayName || author?.id || 'somebody';
    const to = mentions.map((agentId) => ({ agentId }));
    const line = `${who}: ${text.replace(/\s+/g, ' ').slice(0, 200)}`;
    return { kind: 'mention', text: line, conversationId, aboutId: messageId, to, assignee: false };
  },
};

/** Who has a conversation now, when the event says so. */
export const readAssignment = ({ type, data, tenantId, time }: IncomingEvent): Assignment | undefined => {
  if (type !== 'throughline.conversation.v1.ConversationDetailsChanged') return undefined;
  const { changedFields, conversationId, assigneeId } = conversationV1.ConversationDetailsChanged.decode(data);
  if (!changedFields.includes('assignee_id')) return undefined;
  return { tenantId, conversationId, agentId: assigneeId, at: time.getTime() };
};

/** What agents or teams should hear of an event; nothing for most. */
export const readNews = (event: IncomingEvent): ReadNews | undefined => {
  const assigned = readAssignment(event);
  const given = assigned?.agentId
    ? ({
        kind: 'assignment',
        text: 'A conversation is yours',
        conversationId: assigned.conversationId,
        aboutId: assigned.conversationId,
        to: agentOf(assigned.agentId),
        assignee: false,
      } satisfies Told)
    : undefined;
  const told = given ?? readers[event.type]?.(event.data);
  return (
    told && {
      ...told,
      // It stands in the row of each who is told.
      text: told.text.slice(0, MOST_TEXT),
      tenantId: event.tenantId,
      eventId: `${event.source}/${event.id}`,
      at: event.time.getTime(),
    }
  );
};
