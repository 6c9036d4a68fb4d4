import { Refusal } from '@throughline/core';
import type { RecoveryCase } from './case';

const DAY = 86_400_000;

/** What may be given, and how fast an answer is due. */
export interface RecoveryPolicy {
  respondWithinHours: number;
  agentCaseLimit: number;
  agentPeriodLimit: number;
  periodDays: number;
  defaultOwnerId: string;
  ignoreLowScores: boolean;
  ignoreBrokenPromises: boolean;
  currency: string;
}

export const usualPolicy: RecoveryPolicy = {
  respondWithinHours: 24,
  agentCaseLimit: 0,
  agentPeriodLimit: 0,
  periodDays: 30,
  defaultOwnerId: '',
  ignoreLowScores: false,
  ignoreBrokenPromises: false,
  currency: '',
};

/** What an agent gave to customers on their own. */
export interface Spending {
  id: string;
  gifts: { id: string; at: number; amount: number }[];
}

export interface Gift {
  id: string;
  at: number;
  agentId: string;
  approverId: string;
  amount: number;
}

const KEPT = 1_000;

/**
 * What an agent may give alone is checked against the case and the period; with somebody's agreement there is no limit, and
 * nothing counts towards theirs. Gives the spending after the gift.
 */
export const spend = (spending: Spending, policy: RecoveryPolicy, given: RecoveryCase, gift: Gift): Spending => {
  if (spending.gifts.some(({ id }) => id === gift.id)) return spending;
  if (gift.approverId !== '') {
    if (gift.approverId === gift.agentId) {
      throw new Refusal('precondition', 'APPROVER_IS_AGENT', 'approver_id: nobody agrees with themselves');
    }
    return spending;
  }
  const own = given.compensations.filter(
    (one) => one.agentId === gift.agentId && one.approverId === '' && one.id !== gift.id,
  );
  const inCase = policy.agentCaseLimit - own.reduce((sum, { amount }) => sum + amount, 0);
  const since = gift.at - policy.periodDays * DAY;
  const recent = spending.gifts.filter(({ at }) => at > since);
  const inPeriod = policy.agentPeriodLimit - recent.reduce((sum, { amount }) => sum + amount, 0);
  const left = Math.max(0, Math.min(inCase, inPeriod));
  if (gift.amount > left) {
    throw new Refusal(
      'precondition',
      'EMPOWERMENT_EXCEEDED',
      `amount_minor: ${gift.agentId} may give ${left} more alone`,
      {
        metadata: {
          left_minor: String(left),
          left_in_case: String(Math.max(0, inCase)),
          left_in_period: String(Math.max(0, inPeriod)),
        },
      },
    );
  }
  return { ...spending, gifts: [...recent, { id: gift.id, at: gift.at, amount: gift.amount }].slice(-KEPT) };
};
