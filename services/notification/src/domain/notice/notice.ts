import type { Stamp } from './place';

export type NoticeKind =
  | 'assignment'
  | 'mention'
  | 'warning'
  | 'breach'
  | 'escalation'
  | 'promise_due'
  | 'promise_broken';

/** Whom to tell: one agent or one team. */
export type Recipient = { agentId: string } | { teamId: string };

/** Something that happened, and who should hear of it. */
export interface News {
  tenantId: string;
  /** The same event never tells anybody twice. */
  eventId: string;
  kind: NoticeKind;
  text: string;
  conversationId: string;
  aboutId: string;
  at: number;
  to: Recipient[];
}

/** One thing one agent or team is told. */
export interface Notice {
  tenantId: string;
  id: string;
  /** Its place in the order of all notices. */
  stamp: Stamp;
  kind: NoticeKind;
  text: string;
  conversationId: string;
  aboutId: string;
  at: number;
  recipient: string;
}

/** A recipient as one text. */
export const recipientText = (to: Recipient): string => ('agentId' in to ? `agent:${to.agentId}` : `team:${to.teamId}`);

/** Everybody once: an agent who is named twice hears it once. */
export const recipientsOf = (news: News): string[] => [...new Set(news.to.map(recipientText))];
