import { Refusal } from '@throughline/core';
import type { CountEntry } from '../score/entry';
import { answerScopes, dayOf, dimsOf, populationScopes } from '../score/entry';
import { isScored } from '../score/score';
import type { AnswerContent } from '../survey/answer';
import { checkAnswer, isLowAnswer } from '../survey/answer';
import type { JourneyFacts, Question, SurveyContent } from '../survey/survey';

export type Via = 'page' | 'api' | 'chat' | 'keypad';

export interface Answer extends AnswerContent {
  at: number;
  changedAt: number;
  revision: number;
  via: Via;
  low: boolean;
  /** When the channel that took it heard it: what it said before that is told late, or again. */
  saidAt?: number | undefined;
}

/** What became of the message that asks. */
export interface Fate {
  state: 'requested' | 'held' | 'sent' | 'refused' | 'bounced';
  reason: string;
  detail: string;
  at: number;
  /** Until when it waits. */
  until?: number | undefined;
  deliveryId: string;
}

/** One customer asked once, and the one answer to it. */
export interface Invitation {
  id: string;
  surveyId: string;
  surveyVersion: number;
  customerId: string;
  contactPoint: string;
  conversationId: string;
  issueId: string;
  /** The recovery that is asked about. */
  caseId?: string | undefined;
  facts: JourneyFacts;
  channel: string;
  language: string;
  /** The call it is asked in, as its channel names it. */
  callId?: string | undefined;
  /** The caller delivers it. */
  linkOnly: boolean;
  endedAt: number;
  createdAt: number;
  closesAt: number;
  /** Absent when the caller delivers the link. */
  fate?: Fate | undefined;
  answer?: Answer | undefined;
  counts: CountEntry[];
}

export type Terms = Omit<Invitation, 'answer' | 'counts' | 'fate'>;

export type InvitationEvent =
  | { type: 'invited'; at: number; terms: Terms; survey: SurveyContent }
  | { type: 'fateKnown'; at: number; fate: Fate; entries: CountEntry[] }
  | { type: 'answered'; at: number; answer: Answer; entries: CountEntry[] }
  | { type: 'answerChanged'; at: number; answer: Answer; entries: CountEntry[] };

export interface AnswerCommand {
  at: number;
  content: AnswerContent;
  via: Via;
  /** When a channel heard it, for what comes as an event: at least once, and perhaps late. */
  saidAt?: number | undefined;
}

const base = (invitation: Terms) => ({
  day: dayOf(invitation.endedAt),
  dims: dimsOf(invitation.facts, invitation.surveyId),
});

const population = (invitation: Terms, what: string, add: Record<string, number> = { [what]: 1 }): CountEntry => ({
  ...base(invitation),
  id: `invitation/${invitation.id}/${what}`,
  scopes: populationScopes(invitation.surveyId, Boolean(invitation.caseId)),
  add,
});

/** What an answer changes in the counts: its values come in, those of the answer before go out. */
const valueEntries = (invitation: Invitation, questions: Question[], answer: Answer): CountEntry[] =>
  questions.flatMap(({ id, kind }): CountEntry[] => {
    if (!isScored(kind)) return [];
    const before = invitation.answer?.numbers[id];
    const now = answer.numbers[id];
    if (before === now) return [];
    const add: Record<string, number> = {};
    if (before !== undefined) add[before] = -1;
    if (now !== undefined) add[now] = 1;
    const scopes = answerScopes(invitation.surveyId, id, kind, Boolean(invitation.caseId));
    return [{ ...base(invitation), id: `invitation/${invitation.id}/${id}/${answer.revision}`, scopes, add }];
  });

const sorted = (record: Record<string, unknown>): string =>
  JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const sameContent = (a: AnswerContent, b: AnswerContent): boolean =>
  sorted(a.numbers) === sorted(b.numbers) &&
  sorted(a.words) === sorted(b.words) &&
  a.comment === b.comment &&
  a.mayContact === b.mayContact;

/** A customer is asked, once. */
export const decideInvite = (
  current: Invitation | undefined,
  terms: Terms,
  survey: SurveyContent,
): InvitationEvent[] => (current ? [] : [{ type: 'invited', at: terms.createdAt, terms, survey }]);

// Later states win. What was refused or came back is over.
const rank: Record<Fate['state'], number> = { requested: 0, held: 1, sent: 2, refused: 3, bounced: 3 };

/** Under what somebody is counted whom the message did not reach; undefined when it may have. */
const lostAs = ({ state, reason }: Fate): string | undefined => {
  if (state === 'bounced') return 'BOUNCED';
  // A policy that holds for too long gives the reason it held for.
  return state === 'refused' ? reason.replace(/[^A-Z_]/g, '_') || 'REFUSED' : undefined;
};

/** What became of the message. Whoever it did not reach was not asked: they leave those who could have answered. */
export const decideFate = (current: Invitation, fate: Fate): InvitationEvent[] => {
  const before = current.fate;
  if (!before || rank[fate.state] < rank[before.state]) return [];
  if (rank[fate.state] === rank[before.state] && (fate.state !== 'held' || fate.reason === before.reason)) return [];
  const lost = lostAs(fate);
  if (lost && current.answer) return [];
  const entries = lost ? [population(current, fate.state, { invited: -1, [`not_asked:${lost}`]: 1 })] : [];
  return [{ type: 'fateKnown', at: fate.at, fate, entries }];
};

/** An answer: the first is recorded, another one changes it, the same again does nothing. */
export const decideAnswer = (
  current: Invitation,
  questions: Question[],
  { at, content, via, saidAt }: AnswerCommand,
): InvitationEvent[] => {
  checkAnswer(questions, content);
  const { answer: before } = current;
  if (before && sameContent(before, content)) return [];
  if (saidAt !== undefined && before?.saidAt !== undefined && saidAt <= before.saidAt) return [];
  if (at >= current.closesAt) {
    throw new Refusal('precondition', 'INVITATION_CLOSED', 'this survey takes no answers any more', {
      metadata: { closed_at: new Date(current.closesAt).toISOString() },
    });
  }
  const low = isLowAnswer(questions, content);
  if (before) {
    const again = { at: before.at, changedAt: at, revision: before.revision + 1, saidAt: saidAt ?? before.saidAt };
    const answer = { ...content, ...again, via, low };
    return [{ type: 'answerChanged', at, answer, entries: valueEntries(current, questions, answer) }];
  }
  const answer = { ...content, at, changedAt: at, revision: 1, via, low, saidAt };
  const lost = current.fate && lostAs(current.fate);
  // It reached them after all.
  const back = lost ? [population(current, 'reached', { invited: 1, [`not_asked:${lost}`]: -1 })] : [];
  const entries = [...back, population(current, 'answered'), ...valueEntries(current, questions, answer)];
  return [{ type: 'answered', at, answer, entries }];
};

/** The invitation after an event. */
export const evolveInvitation = (state: Invitation | undefined, event: InvitationEvent): Invitation => {
  if (event.type === 'invited') {
    const { terms, at } = event;
    const fate: Fate = { state: 'requested', reason: '', detail: '', at, deliveryId: '' };
    return { ...terms, ...(terms.linkOnly ? {} : { fate }), counts: [population(terms, 'invited')] };
  }
  if (event.type === 'fateKnown') return { ...state!, fate: event.fate, counts: [...state!.counts, ...event.entries] };
  return { ...state!, answer: event.answer, counts: [...state!.counts, ...event.entries] };
};

/** True while an answer is taken or may be changed. */
export const isOpen = ({ closesAt }: Invitation, now: number): boolean => now < closesAt;
