import { feedbackV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { Docket, DocketEvent } from '../domain/ask/docket';
import type { Answer, Invitation, InvitationEvent } from '../domain/ask/invitation';
import type { Person } from '../domain/ask/person';
import { surveyMessage } from '../domain/page/mail';
import type { SurveyContent } from '../domain/survey/survey';
import type { PersonEvent } from '../use-cases/ports';
import { wireInvitation } from '../wire/survey';
import type { Around } from './new-event';
import { event as newEvent, sendRequest } from './new-event';

const TOPIC = 'feedback.surveys.v1';
const event = (name: string, data: Uint8Array, around: Around): NewEvent => newEvent(TOPIC, name, data, around);

/** A fact about a survey itself. */
export const surveyEvent = (
  survey: { id: string; latest: number; content: SurveyContent; archived: boolean },
  at: number,
): NewEvent[] => {
  const { id: surveyId, latest, content, archived } = survey;
  const around = { subject: surveyId, at, recordedAt: at };
  const name = content.name || surveyId;
  if (archived) {
    return [event('SurveyRetired', v1.SurveyRetired.encode({ surveyId, summary: name }).finish(), around)];
  }
  const message = { surveyId, version: BigInt(latest), summary: `${name}, version ${latest}` };
  return [event('SurveyPublished', v1.SurveyPublished.encode(message).finish(), around)];
};

/** A fact about asking after a conversation. That a question is planned is nobody's business yet. */
export const docketEvent = (docket: Docket, told: DocketEvent, recordedAt: number): NewEvent[] => {
  if (told.type !== 'notAsked' && told.type !== 'heldBack') return [];
  const { contactPoint, issueId, facts, id: conversationId } = docket;
  const around = {
    subject: conversationId,
    at: told.at,
    recordedAt,
    contactPoint,
    conversationId,
    issueId,
    channel: facts.channel,
  };
  const base = {
    conversationId,
    surveyId: told.surveyId,
    reason: told.reason,
    summary: `${told.reason}: ${told.detail}`,
  };
  if (told.type === 'notAsked') return [event('SurveyNotAsked', v1.SurveyNotAsked.encode(base).finish(), around)];
  const held = { ...base, lookAgainAt: new Date(told.until) };
  return [event('SurveyHeldBack', v1.SurveyHeldBack.encode(held).finish(), around)];
};

/** A fact about a person: what they want, and that they were not asked although somebody wanted to. */
export const personEvent = (person: Person, told: PersonEvent, recordedAt: number): NewEvent[] => {
  if (told.type === 'notAsked') {
    const { surveyId, conversationId, contactPoint, reason, detail } = told;
    const around = { subject: person.id, at: told.at, recordedAt, contactPoint, conversationId };
    const message = { conversationId, surveyId, reason, summary: `${reason}: ${detail}` };
    return [event('SurveyNotAsked', v1.SurveyNotAsked.encode(message).finish(), around)];
  }
  if (told.command.type !== 'preference') return [];
  const { optedOut } = told.command;
  const summary = optedOut ? 'wants no surveys' : 'takes surveys again';
  const message = { customerId: person.id, optedOut, summary };
  const around = { subject: person.id, at: told.at, recordedAt, contactPoint: told.contactPoint };
  return [event('SurveyPreferenceChanged', v1.SurveyPreferenceChanged.encode(message).finish(), around)];
};

const valuesText = ({ numbers, words, comment }: Answer): string => {
  const values = [...Object.entries(numbers), ...Object.entries(words)].map(([id, value]) => `${id} ${value}`);
  return `${values.join(', ')}${comment ? `: ${comment.slice(0, 200)}` : ''}`;
};

/** A fact about an invitation; with the first one goes the message that carries the link. */
export const invitationEvent = (
  invitation: Invitation,
  told: InvitationEvent,
  recordedAt: number,
  url: string,
): NewEvent[] => {
  const { id, surveyId, contactPoint, conversationId, issueId, channel } = invitation;
  const around = { subject: id, at: told.at, recordedAt, contactPoint, conversationId, issueId, channel };
  const wire = wireInvitation(invitation, told.at);
  if (told.type === 'invited') {
    const said = { invitation: wire, summary: `${surveyId} by ${invitation.linkOnly ? 'a link' : channel}` };
    const sent = event('SurveyInvitationSent', v1.SurveyInvitationSent.encode(said).finish(), around);
    if (invitation.linkOnly) return [sent];
    const { questions, company } = told.survey;
    const message = surveyMessage(questions, invitation.language, company, url);
    return [sent, sendRequest(`survey-${id}`, contactPoint, message, around)];
  }
  const { low } = told.answer;
  const said = { invitation: wire, summary: `${surveyId}: ${valuesText(told.answer)}`, low };
  return told.type === 'answered'
    ? [event('SurveyAnswered', v1.SurveyAnswered.encode(said).finish(), around)]
    : [event('SurveyAnswerChanged', v1.SurveyAnswerChanged.encode(said).finish(), around)];
};
