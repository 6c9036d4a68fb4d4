import { setTimeout } from 'node:timers/promises';
import { isRefusal } from '@throughline/core';
import { rawBody } from '@throughline/web';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import { isOpen } from '../../domain/ask/invitation';
import { formPage, messagePage, pagePolicy } from '../../domain/page/page';
import { pageWords } from '../../domain/page/words';
import type { AnswerContent } from '../../domain/survey/answer';
import { COMMENT_MOST } from '../../domain/survey/answer';
import type { Question } from '../../domain/survey/survey';
import { scaleOf } from '../../domain/survey/survey';
import { languageOf } from '../../domain/survey/wording';
import type { AnswerDeps } from '../../use-cases/answer';
import { openLink, recordAnswer } from '../../use-cases/answer';

const BODY_MOST = 256 * 1024;

const send = (response: Response, status: number, page: string): void => {
  response
    .status(status)
    .set({
      'content-security-policy': pagePolicy,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
    })
    .type('html')
    .send(page);
};

/** The language a browser asks for; only for pages that know no survey. */
const asked = (request: Request): string => request.get('accept-language')?.slice(0, 2) ?? 'en';

const empty = (): AnswerContent => ({ numbers: {}, words: {}, comment: '', mayContact: false });

/** What a form sent. Values that are no numbers stay no numbers, so that they are refused and not guessed. */
const readForm = (body: Buffer, questions: Question[]): AnswerContent => {
  const form = new URLSearchParams(body.toString('utf8'));
  const content = empty();
  for (const question of questions) {
    const value = form.get(`q.${question.id}`);
    if (value === null || value === '') continue;
    if (scaleOf(question)) content.numbers[question.id] = /^\d{1,2}$/.test(value) ? Number(value) : Number.NaN;
    else content.words[question.id] = value;
  }
  content.comment = (form.get('comment') ?? '').replace(/\r\n?/g, '\n').trim();
  content.mayContact = form.get('may_contact') === 'yes';
  return content;
};

/** A value that a link in the mail chose; it stands in the form and is not recorded. */
const chosen = (request: Request, questions: Question[]): AnswerContent | undefined => {
  const value = request.query['v'];
  const first = questions[0];
  const scale = first && scaleOf(first);
  if (!scale || typeof value !== 'string' || !/^\d{1,2}$/.test(value)) return undefined;
  const number = Number(value);
  return number >= scale[0] && number <= scale[1] ? { ...empty(), numbers: { [first.id]: number } } : undefined;
};

const show =
  (deps: AnswerDeps): RequestHandler =>
  async (request, response) => {
    const found = await openLink(deps, String(request.params['token']));
    if (!found) return send(response, 404, messagePage('invalid', asked(request)));
    const { invitation, content } = found;
    const { language, answer, closesAt } = invitation;
    if (!isOpen(invitation, deps.now())) return send(response, 410, messagePage('closed', language));
    const { questions, company } = content;
    const given = answer ?? chosen(request, questions);
    send(response, 200, formPage({ language, company, questions, given, recorded: answer !== undefined, closesAt }));
  };

const TRIES = 6;

/** Whoever presses again and again races against themselves: that is no fault of the answer, so it waits for its turn. */
const recordPatiently = async (deps: AnswerDeps, tenantId: string, id: string, content: AnswerContent) => {
  for (let tries = 1; ; tries++) {
    try {
      return await recordAnswer(deps, tenantId, id, { content, via: 'page' });
    } catch (error) {
      if (!isRefusal(error) || error.reason !== 'CHANGED_MEANWHILE' || tries === TRIES) throw error;
      await setTimeout(Math.random() * 50 * 2 ** tries);
    }
  }
};

const record =
  (deps: AnswerDeps): RequestHandler =>
  async (request, response) => {
    const found = await openLink(deps, String(request.params['token']));
    if (!found) return send(response, 404, messagePage('invalid', asked(request)));
    const { tenantId, invitation, content } = found;
    const { language, closesAt } = invitation;
    const { questions, company } = content;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const given = readForm(body, questions);
    const tooLong = [given.comment, ...Object.values(given.words)].some((text) => text.length > COMMENT_MOST);
    if (tooLong) return send(response, 413, messagePage('tooLarge', language));
    try {
      await recordPatiently(deps, tenantId, invitation.id, given);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (error.reason === 'INVITATION_CLOSED') return send(response, 410, messagePage('closed', language));
      const words = pageWords[languageOf(language)];
      const problem = error.reason === 'ANSWER_MISSING' ? words.missing : error.message;
      const recorded = invitation.answer !== undefined;
      return send(response, 400, formPage({ language, company, questions, given, recorded, closesAt, problem }));
    }
    // Seen again, and reloaded, the page shows what is recorded and sends nothing.
    response.set({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' }).redirect(303, request.path);
  };

const unreadable: ErrorRequestHandler = (error, request, response, next) => {
  const { status } = error as { status?: number };
  // A link that is not even an address of a page.
  if (status === 400) return send(response, 404, messagePage('invalid', asked(request)));
  if (status !== 413) return next(error);
  // The rest of the body is not read.
  response.set('connection', 'close');
  send(response, 413, messagePage('tooLarge', asked(request)));
};

/** The page behind the links: reading it never records anything, sending its form does. */
export const mountSurveyPage = (app: Express, deps: AnswerDeps): void => {
  app.get('/s/:token', show(deps));
  app.post('/s/:token', rawBody(BODY_MOST), record(deps));
  app.use('/s', unreadable);
};
