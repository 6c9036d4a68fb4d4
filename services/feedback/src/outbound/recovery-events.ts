import { feedbackV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import { toldMessage } from '../domain/page/mail';
import type { Approval, ApprovalEvent } from '../domain/recovery/approval';
import type { CaseEvent, RecoveryCase } from '../domain/recovery/case';
import type { FailurePoint, Improvement, ImprovementEvent } from '../domain/recovery/improvement';
import { wireApproval } from '../wire/empowerment';
import { wireCase, wireDispute, wireFailurePoint, wireImprovement } from '../wire/recovery';
import { wireCaseState } from '../wire/words';
import { event, notificationRequest } from './new-event';

const TOPIC = 'feedback.cases.v1';

const minutes = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

/** Names of a case's facts, their messages and one line for people. */
const messageOf = (one: RecoveryCase, told: Exclude<CaseEvent, { type: 'told' }>): [string, Uint8Array] => {
  const say = (summary: string) => ({ case: wireCase(one), summary });
  switch (told.type) {
    case 'opened':
      return [
        'RecoveryCaseOpened',
        v1.RecoveryCaseOpened.encode(say(`${one.what}; answer due ${minutes(one.dueAt)} UTC`)).finish(),
      ];
    case 'assigned':
      return ['RecoveryCaseAssigned', v1.RecoveryCaseAssigned.encode(say(`owned by ${one.ownerId}`)).finish()];
    case 'advanced': {
      const summary = `${told.from} → ${told.to}${told.note ? `: ${told.note}` : ''}`;
      const message = { ...say(summary), from: wireCaseState(told.from) };
      return ['RecoveryCaseAdvanced', v1.RecoveryCaseAdvanced.encode(message).finish()];
    }
    case 'compensated': {
      const { amount, what, agentId } = told.compensation;
      const message = { ...say(`${what}, given by ${agentId}`), amountMinor: BigInt(amount) };
      return ['RecoveryCaseCompensated', v1.RecoveryCaseCompensated.encode(message).finish()];
    }
    case 'causeSet': {
      const { causeId, failurePointId, note } = told.cause;
      const summary = [causeId, failurePointId, note].filter(Boolean).join(', ');
      return ['RecoveryCaseCauseSet', v1.RecoveryCaseCauseSet.encode(say(summary)).finish()];
    }
    case 'overdue':
      return [
        'RecoveryCaseOverdue',
        v1.RecoveryCaseOverdue.encode(say(`${one.what}, was due ${minutes(one.dueAt)} UTC`)).finish(),
      ];
    case 'escalated': {
      const { body, reference, result } = told.dispute;
      const file = reference ? ` (${reference})` : '';
      const summary = result ? `settled by ${body}${file}: ${result}` : `taken to ${body}${file}`;
      const message = { ...say(summary), dispute: wireDispute(told.dispute) };
      return ['RecoveryCaseEscalated', v1.RecoveryCaseEscalated.encode(message).finish()];
    }
    case 'heard': {
      const { improvementId, weDid } = told;
      const message = { caseId: one.id, improvementId, summary: weDid };
      return ['ImprovementTold', v1.ImprovementTold.encode(message).finish()];
    }
    case 'notTold': {
      const { improvementId, reason, detail } = told;
      const message = { caseId: one.id, improvementId, reason, summary: detail || reason };
      return ['ImprovementNotTold', v1.ImprovementNotTold.encode(message).finish()];
    }
    case 'closed': {
      const summary = `${told.outcome}${told.note ? `: ${told.note}` : ''}`;
      return ['RecoveryCaseClosed', v1.RecoveryCaseClosed.encode(say(summary)).finish()];
    }
  }
};

/** A fact about a case; of "you said, we did" first the message itself, and the fact once it is on its way. */
export const caseEvent = (one: RecoveryCase, told: CaseEvent, recordedAt: number, tenantId: string): NewEvent[] => {
  const { id, customerId, contactPoint, conversationId, issueId, channel } = one;
  const around = { subject: id, at: told.at, recordedAt, contactPoint, conversationId, issueId, channel };
  if (told.type === 'told') {
    const message = toldMessage(told.language, told.youSaid, told.weDid);
    const aboutId = `${id}/${told.improvementId}`;
    const about = { topic: 'improvements', kind: 'improvement', aboutId, confidential: false };
    return [notificationRequest({ tenantId, customerId, to: told.to, message, ...about }, around)];
  }
  const [name, data] = messageOf(one, told);
  return [event(TOPIC, name, data, around)];
};

const approvalMessage = (one: Approval, told: ApprovalEvent): [string, Uint8Array] | undefined => {
  const approval = wireApproval(one);
  switch (told.type) {
    case 'requested': {
      const summary = `${one.agentId} asks for ${one.what}; answer due ${minutes(one.dueAt)} UTC`;
      return ['ApprovalRequested', v1.ApprovalRequested.encode({ approval, summary }).finish()];
    }
    case 'granted':
      return ['ApprovalGranted', v1.ApprovalGranted.encode({ approval, summary: `by ${one.approverId}` }).finish()];
    case 'denied': {
      const summary = `by ${one.approverId}: ${one.note}`;
      return ['ApprovalDenied', v1.ApprovalDenied.encode({ approval, summary }).finish()];
    }
    case 'expired': {
      const summary = `nobody answered ${one.agentId} in time`;
      return ['ApprovalExpired', v1.ApprovalExpired.encode({ approval, summary }).finish()];
    }
    case 'given':
      // The case tells of it.
      return undefined;
  }
};

/** A fact about what an agent may not give alone. */
export const approvalEvent = (one: Approval, told: ApprovalEvent, recordedAt: number): NewEvent[] => {
  const message = approvalMessage(one, told);
  return message ? [event(TOPIC, ...message, { subject: one.id, at: told.at, recordedAt })] : [];
};

/** A place where things go wrong was named. */
export const failurePointEvent = (point: FailurePoint, at: number): NewEvent[] => {
  const message = { failurePoint: wireFailurePoint(point), summary: point.name };
  return [
    event(TOPIC, 'FailurePointNamed', v1.FailurePointNamed.encode(message).finish(), {
      subject: point.id,
      at,
      recordedAt: at,
    }),
  ];
};

/** A fact about a measure. */
export const improvementEvent = (one: Improvement, told: ImprovementEvent, recordedAt: number): NewEvent[] => {
  const message = { improvement: wireImprovement(one), summary: one.weDid };
  const around = { subject: one.id, at: told.at, recordedAt };
  return told.type === 'planned'
    ? [event(TOPIC, 'ImprovementPlanned', v1.ImprovementPlanned.encode(message).finish(), around)]
    : [event(TOPIC, 'ImprovementCompleted', v1.ImprovementCompleted.encode(message).finish(), around)];
};
