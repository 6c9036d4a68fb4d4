import { Refusal } from '@throughline/core';
import type { Question } from './survey';
import { isLow, scaleOf } from './survey';

/** Answers by the id of their question: numbers of scales, words of texts and choices. */
export interface AnswerContent {
  numbers: Record<string, number>;
  words: Record<string, string>;
  comment: string;
  mayContact: boolean;
}

export const COMMENT_MOST = 4000;

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

const checkNumber = (question: Question, value: number): void => {
  const scale = scaleOf(question);
  if (!scale) throw refuse('VALUE_OUT_OF_SCALE', question.id, 'this question takes words, not a number');
  const [low, high] = scale;
  if (!Number.isInteger(value) || value < low || value > high) {
    throw refuse('VALUE_OUT_OF_SCALE', question.id, `must be a whole number from ${low} to ${high}`);
  }
};

const checkWords = (question: Question, value: string): void => {
  if (scaleOf(question)) throw refuse('VALUE_OUT_OF_SCALE', question.id, 'this question takes a number, not words');
  if (question.kind === 'choice' && !question.options.includes(value)) {
    throw refuse('VALUE_OUT_OF_SCALE', question.id, `must be one of ${question.options.join(', ')}`);
  }
};

/** Refuses an answer that is no answer to these questions. */
export const checkAnswer = (questions: Question[], { numbers, words, comment }: AnswerContent): void => {
  const known = new Map(questions.map((question) => [question.id, question]));
  const find = (id: string): Question => {
    const question = known.get(id);
    if (!question) throw refuse('QUESTION_UNKNOWN', id, 'the survey has no such question');
    return question;
  };
  for (const [id, value] of Object.entries(numbers)) checkNumber(find(id), value);
  for (const [id, value] of Object.entries(words)) checkWords(find(id), value);
  const given = new Set([...Object.keys(numbers), ...Object.keys(words)]);
  const missing = questions.find(({ id, required }) => required && !given.has(id));
  if (missing) throw refuse('ANSWER_MISSING', missing.id, 'this question must be answered');
  if (given.size === 0) throw refuse('ANSWER_MISSING', questions[0]?.id ?? 'values', 'no question is answered');
  if (comment.length > COMMENT_MOST) {
    throw refuse('COMMENT_TOO_LONG', 'comment', `has at most ${COMMENT_MOST} characters`);
  }
};

/** True when one of the values says that the customer was let down. */
export const isLowAnswer = (questions: Question[], { numbers }: Pick<AnswerContent, 'numbers'>): boolean =>
  questions.some(({ id, kind }) => numbers[id] !== undefined && isLow(kind, numbers[id]));
