import type { CallEvent } from '../domain/call-event';
import { ask, hangUp, thank } from '../domain/instructions';
import { mayAsk, valueOf } from '../domain/question';
import type { Inbox, Questions } from './ports';

export interface AskDeps {
  questions: Questions;
  inbox: Pick<Inbox, 'asked' | 'answered'>;
}

interface About {
  tenantId: string;
  event: CallEvent;
  /** Where the provider posts the keys of a question; `again` when it was said a second time. */
  answerTo(questionId: string, again: boolean): string;
}

/** The agent has left the call: asks what is to be asked in it, else lets the caller go. */
export const askAfterCall = async (deps: AskDeps, { tenantId, event, answerTo }: About): Promise<string> => {
  const question = mayAsk(event) ? await deps.questions.of(tenantId, event.callSid) : undefined;
  if (!question) return hangUp();
  await deps.inbox.asked(tenantId, event, question.questionId);
  return ask(question, answerTo(question.questionId, false));
};

/**
 * Takes the keys that answer a question: the first value counts, however often it is posted. A key that is no value of the scale is no
 * answer, and the question is said once more. Undefined when no such question was asked in this call.
 */
export const takeKeys = async (
  deps: AskDeps,
  { tenantId, event, answerTo }: About,
  questionId: string,
  again: boolean,
): Promise<string | undefined> => {
  const question = await deps.questions.of(tenantId, event.callSid);
  if (question?.questionId !== questionId) return undefined;
  const value = valueOf(event.digits, question);
  if (value === undefined) return again ? hangUp() : ask(question, answerTo(questionId, true));
  await deps.inbox.answered(tenantId, event, questionId, value);
  return thank(question);
};
