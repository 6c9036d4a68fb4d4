import { channelV1, feedbackV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { Docket, DocketEvent } from '../domain/ask/docket';
import { conversationOf } from '../domain/ask/docket';
import type { Answer, Fate, Invitation, InvitationEvent } from '../domain/ask/invitation';
import type { Person, PersonCommand } from '../domain/ask/person';
import { surveyMessage } from '../domain/page/mail';
import { channelQuestion } from '../domain/page/question';
import type { SurveyContent } from '../domain/survey/survey';
import type { PersonEvent } from '../use-cases/ports';
import { wireInvitation } from '../wire/survey';
import type { Around } from './new-event';
import { event as newEvent, notificationRequest } from './new-event';

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
  const { contactPoint, issueId, facts } = docket;
  const conversationId = conversationOf(docket);
  const around = {
    subject: docket.id,
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

const riskWords: Record<string, string> = {
  LOW_SCORE: 'a low answer',
  RECOVERY_OPEN: 'a recovery case is open',
  CANCELLATION_WORDS: 'words of leaving',
  REPEATED_CONTACT: 'three contacts about one issue within a week',
};

/** A risk that others shall act on. Broken promises are told by the service that keeps them. */
const riskEvent = (
  person: Person,
  command: Extract<PersonCommand, { type: 'risk' | 'riskGone' }>,
  { at, contactPoint }: { at: number; contactPoint?: string | undefined },
  recordedAt: number,
): NewEvent[] => {
  if (!contactPoint) return [];
  const around = { subject: person.id, at, recordedAt, contactPoint };
  const tell = (name: string, data: Uint8Array) => [newEvent('feedback.cases.v1', name, data, around)];
  if (command.type === 'risk') {
    const { reason, ref, until } = command.risk;
    const summary = riskWords[reason] ?? reason;
    const message = { customerId: person.id, reason, ref, until: new Date(until), summary };
    return tell('CustomerRiskRaised', v1.CustomerRiskRaised.encode(message).finish());
  }
  const { ref, reason = '' } = command;
  const message = { customerId: person.id, reason, ref, summary: riskWords[reason] ?? reason };
  return tell('CustomerRiskEnded', v1.CustomerRiskEnded.encode(message).finish());
};

/** A fact about a person: what they want, and that they were not asked although somebody wanted to. */
export const personEvent = (person: Person, told: PersonEvent, recordedAt: number): NewEvent[] => {
  if (told.type === 'notAsked') {
    const { surveyId, conversationId, contactPoint, reason, detail } = told;
    const around = { subject: person.id, at: told.at, recordedAt, contactPoint, conversationId };
    const message = { conversationId, surveyId, reason, summary: `${reason}: ${detail}` };
    return [event('SurveyNotAsked', v1.SurveyNotAsked.encode(message).finish(), around)];
  }
  const { command } = told;
  if (command.type === 'risk' || command.type === 'riskGone') return riskEvent(person, command, told, recordedAt);
  if (command.type !== 'preference') return [];
  const { optedOut } = command;
  const summary = optedOut ? 'wants no surveys' : 'takes surveys again';
  const message = { customerId: person.id, optedOut, summary };
  const around = { subject: person.id, at: told.at, recordedAt, contactPoint: told.contactPoint };
  return [event('SurveyPreferenceChanged', v1.SurveyPreferenceChanged.encode(message).finish(), around)];
};

const valuesText = ({ numbers, words, comment }: Answer): string => {
  const values = [...Object.entries(numbers), ...Object.entries(words)].map(([id, value]) => `${id} ${value}`);
  return `${values.join(', ')}${comment ? `: ${comment.slice(0, 200)}` : ''}`;
};

type AroundInvitation = Around & { subject: string };

/** What became of the message: told as what it means for asking. */
const fateEvent = (
  invitation: Invitation,
  fate: Fate,
  around: AroundInvitation,
  wire: v1.SurveyInvitation,
): NewEvent => {
  const { surveyId, channel } = invitation;
  const why = fate.detail || fate.reason;
  const { reason } = fate;
  switch (fate.state) {
    case 'held': {
      const until = fate.until === undefined ? undefined : new Date(fate.until);
      const message = { invitation: wire, reason, summary: `${surveyId}: ${why}`, until };
      return event('SurveyInvitationHeld', v1.SurveyInvitationHeld.encode(message).finish(), around);
    }
    case 'refused': {
      const message = { invitation: wire, reason, summary: `${surveyId}: ${why}` };
      return event('SurveyInvitationRefused', v1.SurveyInvitationRefused.encode(message).finish(), around);
    }
    case 'bounced': {
      const message = { invitation: wire, reason, summary: `${surveyId}: ${why}` };
      return event('SurveyInvitationBounced', v1.SurveyInvitationBounced.encode(message).finish(), around);
    }
    default: {
      const message = { invitation: wire, summary: `${surveyId} by ${channel}` };
      return event('SurveyInvitationSent', v1.SurveyInvitationSent.encode(message).finish(), around);
    }
  }
};

/** The order to the adapter of a call to ask once the agent has left it. */
const callQuestion = (
  tenantId: string,
  invitation: Invitation,
  { questions, company }: SurveyContent,
  around: AroundInvitation,
): NewEvent[] => {
  const { id, conversationId, callId = '', language } = invitation;
  const question = channelQuestion(id, questions, language, company, true);
  if (!question) return [];
  const command = channelV1.CallControlRequested.fromPartial({
    commandId: question.questionId,
    conversationId,
    channel: 'voice',
    threadKey: callId,
    action: { $case: 'ask', value: { question } },
  });
  return [
    {
      ...newEvent('channel.outbound.v1', '', channelV1.CallControlRequested.encode(command).finish(), around),
      key: `${tenantId}/${conversationId}`,
      type: 'throughline.channel.v1.CallControlRequested',
    },
  ];
};

/** A fact about an invitation; with the first one goes the message that carries the link. */
export const invitationEvent = (
  tenantId: string,
  invitation: Invitation,
  told: InvitationEvent,
  recordedAt: number,
  url: string,
): NewEvent[] => {
  const { id, surveyId, customerId, contactPoint, conversationId, issueId, channel, closesAt } = invitation;
  const around = { subject: id, at: told.at, recordedAt, contactPoint, conversationId, issueId, channel };
  const wire = wireInvitation(invitation, told.at);
  if (told.type === 'fateKnown') return [fateEvent(invitation, told.fate, around, wire)];
  if (told.type === 'invited') {
    if (invitation.linkOnly) {
      const said = { invitation: wire, summary: `${surveyId} by a link` };
      return [event('SurveyInvitationSent', v1.SurveyInvitationSent.encode(said).finish(), around)];
    }
    if (invitation.callId) return callQuestion(tenantId, invitation, told.survey, around);
    const { questions, company } = told.survey;
    // Where the customer chats they are asked in the chat; the link in the text takes a comment, too.
    const inChat = contactPoint.startsWith('chat:');
    const question = inChat ? channelQuestion(id, questions, invitation.language, company, false) : undefined;
    const message = {
      ...surveyMessage(questions, invitation.language, company, url),
      ...(question ? { question } : {}),
    };
    const about = { topic: 'surveys', kind: 'survey', aboutId: id, expiresAt: closesAt, confidential: true };
    return [notificationRequest({ tenantId, customerId, to: contactPoint, message, ...about }, around)];
  }
  const { low } = told.answer;
  const said = { invitation: wire, summary: `${surveyId}: ${valuesText(told.answer)}`, low };
  return told.type === 'answered'
    ? [event('SurveyAnswered', v1.SurveyAnswered.encode(said).finish(), around)]
    : [event('SurveyAnswerChanged', v1.SurveyAnswerChanged.encode(said).finish(), around)];
};
