import type { feedbackV1 } from '@throughline/proto';
import type { CaseCause, Dispute, RecoveryCase } from '../domain/recovery/case';
import { whyUntold } from '../domain/recovery/case';
import type { Cause } from '../domain/recovery/causes';
import type { RecoveryPolicy } from '../domain/recovery/empowerment';
import type { FailurePoint, Improvement, Rate } from '../domain/recovery/improvement';
import type { CauseRow } from '../use-cases/cause-report';
import {
  wireCaseKind,
  wireCaseState,
  wireCauseClass,
  wireImprovementState,
  wireOutcome,
  wirePoint,
  wireTime,
} from './words';

export const readCause = (written: feedbackV1.CaseCause): CaseCause => ({
  causeId: written.causeId,
  failurePointId: written.failurePointId,
  customerError: written.customerError,
  repeatCount: written.repeatCount,
  note: written.note,
});

export const wireDispute = ({
  body,
  reference,
  actorId,
  note,
  at,
  result,
  settledAt,
}: Dispute): feedbackV1.ExternalDispute => ({
  body,
  reference,
  actorId,
  note,
  escalatedAt: new Date(at),
  result,
  settledAt: wireTime(settledAt),
});

/** A case as events and the API show it. */
export const wireCase = (one: RecoveryCase): feedbackV1.RecoveryCase => ({
  id: one.id,
  kind: wireCaseKind(one.kind),
  state: wireCaseState(one.state),
  customerId: one.customerId,
  contactPoint: wirePoint(one.contactPoint),
  conversationId: one.conversationId,
  issueId: one.issueId,
  invitationId: one.invitationId,
  promiseId: one.promiseId,
  what: one.what,
  ownerId: one.ownerId,
  teamId: one.teamId,
  openedAt: new Date(one.openedAt),
  dueAt: new Date(one.dueAt),
  respondedAt: wireTime(one.respondedAt),
  overdueAt: wireTime(one.overdueAt),
  closedAt: wireTime(one.closedAt),
  steps: one.steps.map(({ at, state, actorId, note }) => ({
    at: new Date(at),
    state: wireCaseState(state),
    actorId,
    note,
  })),
  compensations: one.compensations.map(({ at, agentId, approverId, amount, what, action }) => ({
    at: new Date(at),
    agentId,
    approverId,
    amountMinor: BigInt(amount),
    what,
    action: action ?? '',
  })),
  cause: one.cause,
  outcome: wireOutcome(one.outcome ?? ''),
  mayContact: one.mayContact,
  toldImprovementIds: one.told.filter((id) => whyUntold(one, id) === undefined),
  disputes: (one.disputes ?? []).map(wireDispute),
});

export const wireCause = (cause: Cause): feedbackV1.Cause => ({ ...cause, class: wireCauseClass(cause.class) });

export const readPolicy = (written: feedbackV1.RecoveryPolicy): RecoveryPolicy => ({
  respondWithinHours: written.respondWithinHours || 24,
  agentCaseLimit: Number(written.agentCaseLimitMinor),
  agentPeriodLimit: Number(written.agentPeriodLimitMinor),
  periodDays: written.periodDays || 30,
  defaultOwnerId: written.defaultOwnerId,
  ignoreLowScores: written.ignoreLowScores,
  ignoreBrokenPromises: written.ignoreBrokenPromises,
  currency: written.currency,
});

export const wirePolicy = (policy: RecoveryPolicy): feedbackV1.RecoveryPolicy => ({
  respondWithinHours: policy.respondWithinHours,
  agentCaseLimitMinor: BigInt(policy.agentCaseLimit),
  agentPeriodLimitMinor: BigInt(policy.agentPeriodLimit),
  periodDays: policy.periodDays,
  defaultOwnerId: policy.defaultOwnerId,
  ignoreLowScores: policy.ignoreLowScores,
  ignoreBrokenPromises: policy.ignoreBrokenPromises,
  currency: policy.currency,
});

export const wireFailurePoint = (
  point: FailurePoint,
  { cases, cost } = { cases: 0, cost: 0 },
): feedbackV1.FailurePoint => ({
  id: point.id,
  name: point.name,
  step: point.step,
  causeId: point.causeId,
  createdAt: new Date(point.createdAt),
  cases: BigInt(cases),
  costMinor: BigInt(cost),
});

const wireRate = (rate: Rate | undefined): feedbackV1.FailureRate | undefined =>
  rate && {
    cases: BigInt(rate.cases),
    journeys: BigInt(rate.journeys),
    rate: rate.rate,
    low: rate.low,
    high: rate.high,
    days: rate.days,
  };

export const wireImprovement = (
  improvement: Improvement,
  rates: { before?: Rate; after?: Rate } = {},
): feedbackV1.Improvement => ({
  id: improvement.id,
  failurePointId: improvement.failurePointId,
  youSaid: improvement.youSaid,
  weDid: improvement.weDid,
  state: wireImprovementState(improvement.doneAt === undefined ? 'planned' : 'done'),
  costMinor: BigInt(improvement.cost),
  createdAt: new Date(improvement.createdAt),
  doneAt: wireTime(improvement.doneAt),
  before: wireRate(rates.before),
  after: wireRate(rates.after),
});

export const wireCauseRow = ({ cost, cases, recovered, partly, lost, group }: CauseRow): feedbackV1.CauseRow => ({
  group,
  cases: BigInt(cases),
  recovered: BigInt(recovered),
  partly: BigInt(partly),
  lost: BigInt(lost),
  costMinor: BigInt(cost),
});
