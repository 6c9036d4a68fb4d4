import { Refusal } from '@throughline/core';
import type { Invitation, Via } from '../domain/ask/invitation';
import { decideAnswer, isOpen } from '../domain/ask/invitation';
import type { AnswerContent } from '../domain/survey/answer';
import type { SurveyContent } from '../domain/survey/survey';
import { scaleOf } from '../domain/survey/survey';
import type { Asked, Invitations, Links, Surveys } from './ports';

export interface AnswerDeps {
  invitations: Invitations;
  surveys: Surveys;
  links: Links;
  now(): number;
}

const notFound = (id: string): Refusal =>
  new Refusal('not_found', 'INVITATION_NOT_FOUND', `there is no invitation ${id.slice(0, 64)}`);

/** The questions an invitation was sent with. */
export const contentOf = async (
  deps: Pick<AnswerDeps, 'surveys'>,
  tenantId: string,
  invitation: Invitation,
): Promise<SurveyContent> => {
  const survey = await deps.surveys.get(tenantId, invitation.surveyId, invitation.surveyVersion);
  if (!survey) throw new Error(`version ${invitation.surveyVersion} of a survey that was sent is gone`);
  return survey.content;
};

/** Records the one answer of an invitation, or changes it. */
export const recordAnswer = async (
  deps: AnswerDeps,
  tenantId: string,
  invitationId: string,
  given: { content: AnswerContent; via: Via; asked?: Asked | undefined },
): Promise<Invitation> => {
  const found = await deps.invitations.load(tenantId, invitationId);
  if (!found) throw notFound(invitationId);
  const { questions } = await contentOf(deps, tenantId, found);
  const at = deps.now();
  const { content, via, asked } = given;
  const decide = (current: Invitation | undefined) => {
    if (!current) throw notFound(invitationId);
    return decideAnswer(current, questions, { at, content, via });
  };
  return (await deps.invitations.change(tenantId, invitationId, decide, at, asked))!;
};

const none = { numbers: {}, words: {}, comment: '', mayContact: false };

/** A value that a channel took. */
export interface ChannelAnswer {
  value: number;
  via: 'chat' | 'keypad';
  /** When the channel heard it. */
  saidAt?: number | undefined;
}

/**
 * Records the value that a channel took for the first question. A value that is none of the scale and a survey that is closed change nothing: there
 * is nobody left to tell. Of a call the first value counts; in a chat it may be changed.
 */
export const answerByValue = async (
  deps: Pick<AnswerDeps, 'invitations' | 'surveys' | 'now'>,
  tenantId: string,
  found: Invitation,
  { value, via, saidAt }: ChannelAnswer,
): Promise<void> => {
  const { questions } = await contentOf(deps, tenantId, found);
  const first = questions[0]!;
  const scale = scaleOf(first);
  if (!scale || value < scale[0] || value > scale[1]) return;
  const at = deps.now();
  // The rest of the questions stand on the page; what was said there stays.
  const optional = questions.map((question) => ({ ...question, required: false }));
  const decide = (current: Invitation | undefined) => {
    if (!current || !isOpen(current, at) || (via === 'keypad' && current.answer)) return [];
    const { numbers, words, comment, mayContact } = current.answer ?? none;
    const content = { numbers: { ...numbers, [first.id]: value }, words, comment, mayContact };
    return decideAnswer(current, optional, { at, content, via, saidAt });
  };
  await deps.invitations.change(tenantId, found.id, decide, at);
};

/** The invitation a link belongs to; undefined when the link is not ours. */
export const openLink = async (
  deps: AnswerDeps,
  token: string,
): Promise<{ tenantId: string; invitation: Invitation; content: SurveyContent } | undefined> => {
  const opened = deps.links.open(token);
  const found = opened && (await deps.invitations.find(opened.invitationId));
  if (!found || !opened.fits(found.tenantId, found.invitation)) return undefined;
  return { ...found, content: await contentOf(deps, found.tenantId, found.invitation) };
};
