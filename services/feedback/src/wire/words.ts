import { fromWire, wirePoint as pointOf, toWire } from '@throughline/core';
import type { commonV1, conversationV1, feedbackV1 } from '@throughline/proto';
import type { Criticality, MarkResult } from '../domain/quality/scorecard';
import type { Recognition, Suggestion } from '../domain/quality/voice';
import type { CaseKind, CaseOutcome, CaseState } from '../domain/recovery/case';
import type { QuestionKind } from '../domain/survey/survey';

export const wireKind = toWire<feedbackV1.QuestionKind>('QUESTION_KIND');
export const kindOf = fromWire<QuestionKind | ''>('QUESTION_KIND');
export const wireMethod = toWire<feedbackV1.ScoreMethod>('SCORE_METHOD');
export const wireInvitationState = toWire<feedbackV1.InvitationState>('INVITATION_STATE');
export const wireMessageState = toWire<feedbackV1.InvitationMessageState>('INVITATION_MESSAGE_STATE');
export const invitationStateOf = fromWire<'sent' | 'answered' | 'closed' | ''>('INVITATION_STATE');
export const wireCaseKind = toWire<feedbackV1.CaseKind>('CASE_KIND');
export const caseKindOf = fromWire<CaseKind>('CASE_KIND');
export const wireCaseState = toWire<feedbackV1.CaseState>('CASE_STATE');
export const caseStateOf = fromWire<CaseState>('CASE_STATE');
export const wireVerdict = toWire<feedbackV1.EmpowermentVerdict>('EMPOWERMENT_VERDICT');
export const wireApprovalState = toWire<feedbackV1.ApprovalState>('APPROVAL_STATE');
export const approvalStateOf = fromWire<string>('APPROVAL_STATE');
export const wireOutcome = toWire<feedbackV1.CaseOutcome>('CASE_OUTCOME');
export const outcomeOf = fromWire<CaseOutcome>('CASE_OUTCOME');
export const wireCauseClass = toWire<feedbackV1.CauseClass>('CAUSE_CLASS');
export const wireImprovementState = toWire<feedbackV1.ImprovementState>('IMPROVEMENT_STATE');
export const causeDimensionOf = fromWire<string>('CAUSE_DIMENSION');
export const wireCriticality = toWire<feedbackV1.Criticality>('CRITICALITY');
export const criticalityOf = fromWire<Criticality>('CRITICALITY');
export const wireMarkResult = toWire<feedbackV1.MarkResult>('MARK_RESULT');
export const markResultOf = fromWire<MarkResult>('MARK_RESULT');
export const wireSuggestionKind = toWire<feedbackV1.SuggestionKind>('SUGGESTION_KIND');
export const suggestionKindOf = fromWire<Suggestion['kind']>('SUGGESTION_KIND');
export const wireBadge = toWire<feedbackV1.Badge>('BADGE');
export const badgeOf = fromWire<Recognition['badge']>('BADGE');
export const dimensionOf = fromWire<string>('SCORE_DIMENSION');
export const cesMeasureOf = fromWire<'' | 'top_three' | 'mean'>('CES_MEASURE');
export const csatTreatmentOf = fromWire<'' | 'top_two' | 'not_unhappy'>('CSAT_TREATMENT');
export const priorityOf = fromWire<string>('PRIORITY') as (value: conversationV1.Priority) => string;
export const conversationStateOf = fromWire<string>('CONVERSATION_STATE') as (
  value: conversationV1.ConversationState,
) => string;

export const wireTime = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

export { pointText } from '@throughline/core';
export const wirePoint = (text: string): commonV1.ContactPoint | undefined => pointOf<commonV1.ContactPointType>(text);
