import { createHash } from 'node:crypto';
import type { AnswerContent } from '../survey/answer';
import { COMMENT_MOST } from '../survey/answer';
import type { Question } from '../survey/survey';
import { scaleOf } from '../survey/survey';
import { languageOf, questionText, scaleEnds } from '../survey/wording';
import { pageWords } from './words';

const style = `
:root{color-scheme:light dark}
body{font:1.0625rem/1.5 system-ui,sans-serif;margin:0;padding:1rem;background:#f4f5f7;color:#16181d}
main{max-width:36rem;margin:0 auto;background:#fff;padding:1.25rem;border-radius:.75rem}
h1{font-size:1.375rem;margin:0 0 .5rem}
fieldset{border:0;margin:1.5rem 0 0;padding:0}
legend,label.over{font-weight:600;padding:0;display:block}
.scale{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 .25rem}
.scale label{display:flex;flex-direction:column;align-items:center;justify-content:center;min-width:2.75rem;min-height:3.25rem;border:1px solid #6b7280;border-radius:.5rem;cursor:pointer}
.scale label:has(:checked){background:#1d4ed8;border-color:#1d4ed8;color:#fff}
.scale label:focus-within{outline:3px solid #f59e0b;outline-offset:2px}
.ends{display:flex;justify-content:space-between;font-size:.875rem;color:#4b5563}
.choice label,.check{display:flex;gap:.75rem;align-items:center;min-height:2.75rem}
input[type=radio],input[type=checkbox]{width:1.25rem;height:1.25rem}
textarea{width:100%;box-sizing:border-box;min-height:6rem;font:inherit;padding:.5rem;border:1px solid #6b7280;border-radius:.5rem;margin-top:.5rem}
button{font:inherit;font-weight:600;margin-top:1.5rem;width:100%;min-height:3rem;border:0;border-radius:.5rem;background:#1d4ed8;color:#fff;cursor:pointer}
button:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
.note{font-size:.875rem;color:#4b5563}
.problem{border-left:.25rem solid #b91c1c;padding:.5rem .75rem;background:#fef2f2;color:#7f1d1d}
.done{border-left:.25rem solid #15803d;padding:.5rem .75rem;background:#f0fdf4;color:#14532d}
@media (prefers-color-scheme:dark){body{background:#0f1115;color:#e8eaed}main{background:#1a1d23}.ends,.note{color:#b6bcc6}textarea{background:#0f1115;color:inherit}.problem{background:#3b1212;color:#fecaca}.done{background:#0f2b1a;color:#bbf7d0}}
`;

/** Header of every page: it may show itself and send its form, and nothing else. */
export const pagePolicy: string = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

const escaped: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text as text: nothing in it is markup any more. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escaped[character]!);

const document = (language: string, title: string, body: string): string => `<!doctype html>
<html lang="${escapeHtml(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>
`;

const tagOf = (language: string): string => (languageOf(language) === 'zh' ? 'zh' : 'en');

const scale = (question: Question, language: string, chosen: number | undefined): string => {
  const [low, high] = scaleOf(question)!;
  const ends = scaleEnds(question, language);
  const values = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const label = (value: number): string => (question.kind === 'yes_no' ? ends![value]! : String(value));
  const inputs = values.map((value) => {
    const checked = value === chosen ? ' checked' : '';
    const need = question.required ? ' required' : '';
    return `<label><input type="radio" name="q.${question.id}" value="${value}"${checked}${need}>${escapeHtml(label(value))}</label>`;
  });
  const under =
    question.kind === 'yes_no' || !ends
      ? ''
      : `<div class="ends"><span>${low} = ${escapeHtml(ends[0])}</span><span>${high} = ${escapeHtml(ends[1])}</span></div>`;
  return `<div class="scale">${inputs.join('')}</div>${under}`;
};

const choice = (question: Question, chosen: string | undefined): string =>
  `<div class="choice">${question.options
    .map((option) => {
      const checked = option === chosen ? ' checked' : '';
      const text = escapeHtml(option);
      return `<label><input type="radio" name="q.${question.id}" value="${text}"${checked}>${text}</label>`;
    })
    .join('')}</div>`;

const field = (question: Question, language: string, company: string, given: AnswerContent | undefined): string => {
  const words = pageWords[languageOf(language)];
  const need = question.required ? ` <span class="note">(${words.required})</span>` : '';
  const text = escapeHtml(questionText(question, language, company));
  const { id } = question;
  if (question.kind === 'text') {
    const value = escapeHtml(given?.words[id] ?? '');
    return `<fieldset><label class="over" for="q-${id}">${text}${need}</label><textarea id="q-${id}" name="q.${id}" maxlength="${COMMENT_MOST}">${value}</textarea></fieldset>`;
  }
  const body =
    question.kind === 'choice' ? choice(question, given?.words[id]) : scale(question, language, given?.numbers[id]);
  return `<fieldset><legend>${text}${need}</legend>${body}</fieldset>`;
};

export interface FormView {
  language: string;
  company: string;
  questions: Question[];
  /** What stands in the form: the recorded answer, or what was sent and could not be taken. */
  given?: AnswerContent | undefined;
  /** An answer is recorded. */
  recorded: boolean;
  closesAt: number;
  problem?: string | undefined;
}

/** The page with the questions; it works without script. */
export const formPage = ({ language, company, questions, given, recorded, closesAt, problem }: FormView): string => {
  const words = pageWords[languageOf(language)];
  const until = `${new Date(closesAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const head = recorded
    ? `<h1>${words.thanks}</h1><p class="done" role="status">${words.recorded} ${words.editable} ${until}.</p>`
    : `<h1>${words.title}</h1><p>${words.intro} <span class="note">${words.noAnswer}</span></p>`;
  const warning = problem
    ? `<p class="problem" role="alert"><strong>${words.problem}:</strong> ${escapeHtml(problem)}</p>`
    : '';
  const fields = questions.map((question) => field(question, language, company, given)).join('');
  const comment = `<fieldset><label class="over" for="comment">${words.comment}</label><textarea id="comment" name="comment" maxlength="${COMMENT_MOST}">${escapeHtml(given?.comment ?? '')}</textarea></fieldset>`;
  const consent = `<label class="check"><input type="checkbox" name="may_contact" value="yes"${given?.mayContact ? ' checked' : ''}>${words.mayContact}</label>`;
  const button = `<button type="submit">${recorded ? words.change : words.send}</button>`;
  const body = `${head}${warning}<form method="post" accept-charset="utf-8">${fields}${comment}${consent}${button}</form>`;
  return document(tagOf(language), recorded ? words.thanks : words.title, body);
};

/** A page that says one thing: the link does not work, the survey is closed, the comment is too long. */
export const messagePage = (kind: 'invalid' | 'closed' | 'tooLarge', language: string): string => {
  const words = pageWords[languageOf(language)];
  const title = words[`${kind}Title`];
  return document(tagOf(language), title, `<h1>${title}</h1><p>${words[kind]}</p>`);
};
