import type { feedbackV1 } from '@throughline/proto';
import type { Approval } from '../domain/recovery/approval';
import type { Empowerment, Power, Tier, Verdict } from '../domain/recovery/empowerment';
import { wireApprovalState, wireTime, wireVerdict } from './words';

const readPower = (written: feedbackV1.EmpowermentPower): Power => ({
  action: written.action,
  caseLimit: Number(written.caseLimitMinor),
  periodLimit: Number(written.periodLimitMinor),
  periodDays: written.periodDays || 30,
  approvalLimit: Number(written.approvalLimitMinor),
  approvalMinutes: written.approvalMinutes || 60,
  reason: written.reason,
  alternatives: written.alternatives,
});

const wirePower = (power: Power): feedbackV1.EmpowermentPower => ({
  action: power.action,
  caseLimitMinor: BigInt(power.caseLimit),
  periodLimitMinor: BigInt(power.periodLimit),
  periodDays: power.periodDays,
  approvalLimitMinor: BigInt(power.approvalLimit),
  approvalMinutes: power.approvalMinutes,
  reason: power.reason,
  alternatives: power.alternatives,
});

export const readEmpowerment = ({ tiers, defaultTierId }: feedbackV1.Empowerment): Empowerment => ({
  tiers: tiers.map(
    ({ id, name, powers, approveUpToMinor }): Tier => ({
      id,
      name,
      powers: powers.map(readPower),
      approveUpTo: Number(approveUpToMinor),
    }),
  ),
  defaultTierId,
});

export const wireEmpowerment = ({ tiers, defaultTierId }: Empowerment): feedbackV1.Empowerment => ({
  tiers: tiers.map(({ id, name, powers, approveUpTo }) => ({
    id,
    name,
    powers: powers.map(wirePower),
    approveUpToMinor: BigInt(approveUpTo),
  })),
  defaultTierId,
});

/** What an agent may decide, as the API says it. */
export const wireAnswer = (verdict: Verdict): feedbackV1.GetAgentEmpowermentResponse => ({
  verdict: wireVerdict(verdict.kind),
  tierId: verdict.tierId,
  leftMinor: BigInt(verdict.left),
  leftInCaseMinor: BigInt(verdict.leftInCase),
  leftInPeriodMinor: BigInt(verdict.leftInPeriod),
  approvalLimitMinor: Number.isFinite(verdict.approvalLimit) ? BigInt(verdict.approvalLimit) : undefined,
  approvalMinutes: verdict.kind === 'needs_approval' ? verdict.approvalMinutes : 0,
  reason: verdict.reason,
  alternatives: verdict.alternatives,
});

export const wireApproval = (one: Approval): feedbackV1.Approval => ({
  id: one.id,
  agentId: one.agentId,
  caseId: one.caseId,
  action: one.action,
  amountMinor: BigInt(one.amount),
  what: one.what,
  reason: one.reason,
  state: wireApprovalState(one.state),
  requestedAt: new Date(one.createdAt),
  dueAt: new Date(one.dueAt),
  approverId: one.approverId,
  note: one.note,
  alternatives: one.alternatives,
  decidedAt: wireTime(one.decidedAt),
  givenAt: wireTime(one.givenAt),
  requestedBy: one.requestedBy ?? '',
});
