import { Refusal } from '@throughline/core';

const DAY = 86_400_000;
/** Everybody who tells of something gets an answer within two weeks. */
export const ANSWER_WITHIN_MS = 14 * DAY;

export interface Suggestion {
  id: string;
  kind: 'problem' | 'idea';
  text: string;
  authorId: string;
  createdAt: number;
  answerDueAt: number;
  unanswered: boolean;
  answer: string;
  answeredBy: string;
  answeredAt?: number | undefined;
}

export const newSuggestion = (
  given: Pick<Suggestion, 'id' | 'kind' | 'text' | 'authorId'> & { anonymous: boolean },
  at: number,
): Suggestion => {
  const { anonymous, authorId, ...rest } = given;
  const due = { createdAt: at, answerDueAt: at + ANSWER_WITHIN_MS, unanswered: true, answer: '', answeredBy: '' };
  // What is not kept cannot be found out later by anybody.
  return { ...rest, authorId: anonymous ? '' : authorId, ...due };
};

/** The suggestion with its answer; one answer. The same again changes nothing. */
export const answered = (one: Suggestion | undefined, answer: string, by: string, at: number): Suggestion => {
  if (!one) throw new Refusal('not_found', 'SUGGESTION_NOT_FOUND', 'there is no such suggestion');
  if (!one.unanswered && one.answer === answer) return one;
  if (!one.unanswered) throw new Refusal('precondition', 'ALREADY_ANSWERED', 'it has its answer already');
  return { ...one, unanswered: false, answer, answeredBy: by, answeredAt: at };
};

export interface Recognition {
  id: string;
  agentId: string;
  badge: 'quality' | 'help_given' | 'knowledge';
  fromId: string;
  reason: string;
  createdAt: number;
}

/** Refuses who praises themselves, and who is not to be praised in public. */
export const checkRecognition = ({ agentId, fromId }: Recognition, optedOut: boolean): void => {
  if (agentId === fromId) throw new Refusal('precondition', 'SELF_RECOGNITION', 'nobody recognises themselves');
  if (optedOut) throw new Refusal('precondition', 'RECOGNITION_DECLINED', `${agentId} takes no part in recognition`);
};
