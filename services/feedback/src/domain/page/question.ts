import type { ScaleQuestion } from '@throughline/core';
import type { Question } from '../survey/survey';
import { scaleOf } from '../survey/survey';
import { languageOf, questionText, scaleEnds } from '../survey/wording';
import { pageWords } from './words';

export const QUESTION_PREFIX = 'ask_';

/** The invitation that a question of a channel belongs to; undefined when it is none of ours. */
export const invitationOfQuestion = (questionId: string): string | undefined =>
  questionId.startsWith(QUESTION_PREFIX) ? questionId.slice(QUESTION_PREFIX.length) : undefined;

/** The first question of a survey, as a channel asks it by itself. Undefined when it has no scale. `spoken`: which keys to press is said, too. */
export const channelQuestion = (
  invitationId: string,
  questions: Question[],
  tag: string,
  company: string,
  spoken: boolean,
): ScaleQuestion | undefined => {
  const first = questions[0];
  const range = first && scaleOf(first);
  const ends = first && scaleEnds(first, tag);
  if (!range || !ends) return undefined;
  const language = languageOf(tag);
  const words = pageWords[language];
  const [lowest, highest] = range;
  const asked = questionText(first, tag, company);
  return {
    questionId: `${QUESTION_PREFIX}${invitationId}`,
    text: spoken ? `${words.callIntro} ${asked} ${words.pressKey(lowest, ends[0], highest, ends[1])}` : asked,
    language: language === 'zh' ? 'zh-CN' : 'en-GB',
    lowest,
    highest,
    lowestMeans: ends[0],
    highestMeans: ends[1],
    thanks: words.answered,
  };
};
