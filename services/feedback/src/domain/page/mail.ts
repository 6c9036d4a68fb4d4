import type { Question } from '../survey/survey';
import { scaleOf } from '../survey/survey';
import { languageOf, questionText, scaleEnds } from '../survey/wording';
import { escapeHtml } from './page';
import { pageWords } from './words';

export interface SurveyMessage {
  subject: string;
  text: string;
  html: string;
}

/** The message that asks: the first question, and links that open the page with a value chosen. Opening records nothing. */
export const surveyMessage = (questions: Question[], language: string, company: string, url: string): SurveyMessage => {
  const words = pageWords[languageOf(language)];
  const first = questions[0]!;
  const question = questionText(first, language, company);
  const range = scaleOf(first);
  const ends = scaleEnds(first, language);
  const values = range ? Array.from({ length: range[1] - range[0] + 1 }, (_, i) => range[0] + i) : [];
  const hint = range && ends ? `${range[0]} = ${ends[0]}, ${range[1]} = ${ends[1]}` : '';
  const text = `${words.mailIntro}\n\n${question}${hint ? `\n(${hint})` : ''}\n\n${url}\n\n${words.mailOutro}\n`;
  const links = values
    .map((value) => `<a href="${escapeHtml(`${url}?v=${value}`)}">&nbsp;${value}&nbsp;</a>`)
    .join(' &middot; ');
  const intro = escapeHtml(words.mailIntro).replaceAll('\n', '<br>');
  const html = `<div lang="${languageOf(language)}"><p>${intro}</p><p><strong>${escapeHtml(question)}</strong><br>${escapeHtml(hint)}</p><p>${links}</p><p><a href="${escapeHtml(url)}">${words.title}</a></p><p>${escapeHtml(words.mailOutro)}</p></div>`;
  return { subject: words.subject, text, html };
};

/** The message that closes the loop: what a customer said, and what was done about it. */
export const toldMessage = (language: string, youSaid: string, weDid: string): SurveyMessage => {
  const words = pageWords[languageOf(language)];
  const text = `${words.youSaid}\n${youSaid}\n\n${words.weDid}\n${weDid}\n\n${words.toldThanks}\n`;
  const part = (head: string, body: string): string =>
    `<p><strong>${escapeHtml(head)}</strong><br>${escapeHtml(body).replaceAll('\n', '<br>')}</p>`;
  const html = `<div lang="${languageOf(language)}">${part(words.youSaid, youSaid)}${part(words.weDid, weDid)}<p>${escapeHtml(words.toldThanks)}</p></div>`;
  return { subject: words.toldSubject, text, html };
};
