import type { feedbackV1 } from '@throughline/proto';
import type { Invitation } from '../domain/ask/invitation';
import type { AnswerContent } from '../domain/survey/answer';
import type { Question, QuestionKind, Survey, SurveyContent } from '../domain/survey/survey';
import { kindOf, wireInvitationState, wireKind, wireMessageState, wirePoint } from './words';

const readQuestion = (question: feedbackV1.SurveyQuestion): Question => ({
  id: question.id,
  kind: kindOf(question.kind) as QuestionKind,
  texts: question.texts,
  scaleMax: question.scaleMax,
  options: question.options,
  required: question.required,
});

/** A survey as somebody wrote it. */
export const readSurvey = (written: feedbackV1.SurveyContent): SurveyContent => ({
  name: written.name,
  order: written.order,
  conditions: written.conditions.map(({ field, anyOf }) => ({ field, anyOf })),
  questions: written.questions.map(readQuestion),
  delayMs: (written.delaySeconds ?? 86_400) * 1000,
  samplePercent: written.samplePercent ?? 100,
  quarantineDays: written.quarantineDays ?? 30,
  budgetContacts: written.budgetContacts,
  budgetDays: written.budgetDays ?? 14,
  holdDays: written.holdDays ?? 7,
  openDays: written.openDays ?? 30,
  manualOnly: written.manualOnly,
  keypad: written.keypad,
  company: written.company,
  afterRecovery: written.afterRecovery,
});

export const wireSurvey = ({ id, version, content, createdAt, updatedAt }: Survey): feedbackV1.Survey => ({
  id,
  version: BigInt(version),
  name: content.name,
  order: content.order,
  conditions: content.conditions,
  questions: content.questions.map((question) => ({ ...question, kind: wireKind(question.kind) })),
  delaySeconds: content.delayMs / 1000,
  samplePercent: content.samplePercent,
  quarantineDays: content.quarantineDays,
  budgetContacts: content.budgetContacts,
  budgetDays: content.budgetDays,
  holdDays: content.holdDays,
  openDays: content.openDays,
  manualOnly: content.manualOnly,
  keypad: content.keypad,
  company: content.company,
  afterRecovery: content.afterRecovery ?? false,
  createdAt: new Date(createdAt),
  updatedAt: new Date(updatedAt),
});

/** Values of an answer by question; a question that is named twice counts as it was named last. */
export const readAnswer = (values: feedbackV1.AnswerValue[], comment: string, mayContact: boolean): AnswerContent => {
  const content: AnswerContent = { numbers: {}, words: {}, comment, mayContact };
  for (const { questionId, value } of values) {
    if (value?.$case === 'number') content.numbers[questionId] = value.value;
    else if (value?.$case === 'text') content.words[questionId] = value.value;
  }
  return content;
};

const wireAnswer = ({ answer }: Invitation): feedbackV1.SurveyAnswer | undefined =>
  answer && {
    values: [
      ...Object.entries(answer.numbers).map(([questionId, value]) => ({
        questionId,
        value: { $case: 'number' as const, value },
      })),
      ...Object.entries(answer.words).map(([questionId, value]) => ({
        questionId,
        value: { $case: 'text' as const, value },
      })),
    ],
    comment: answer.comment,
    mayContact: answer.mayContact,
    answeredAt: new Date(answer.at),
    changedAt: new Date(answer.changedAt),
    revision: answer.revision,
    via: answer.via,
    low: answer.low,
  };

const wireMessage = ({ fate }: Invitation): feedbackV1.InvitationMessage | undefined =>
  fate && {
    state: wireMessageState(fate.state),
    reason: fate.reason,
    detail: fate.detail,
    changedAt: new Date(fate.at),
    deliveryId: fate.deliveryId,
  };

/** An invitation as events and the API show it. The link is left out: whoever has it could answer for the customer. */
export const wireInvitation = (invitation: Invitation, now: number, url = ''): feedbackV1.SurveyInvitation => {
  const state = now >= invitation.closesAt ? 'closed' : invitation.answer ? 'answered' : 'sent';
  return {
    id: invitation.id,
    surveyId: invitation.surveyId,
    surveyVersion: BigInt(invitation.surveyVersion),
    state: wireInvitationState(state),
    customerId: invitation.customerId,
    contactPoint: wirePoint(invitation.contactPoint),
    conversationId: invitation.conversationId,
    issueId: invitation.issueId,
    channel: invitation.channel,
    language: invitation.language,
    url,
    createdAt: new Date(invitation.createdAt),
    closesAt: new Date(invitation.closesAt),
    answer: wireAnswer(invitation),
    message: wireMessage(invitation),
    caseId: invitation.caseId ?? '',
  };
};
