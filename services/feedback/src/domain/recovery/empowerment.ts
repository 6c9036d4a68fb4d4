import { Refusal } from '@throughline/core';
import type { RecoveryCase } from './case';

const DAY = 86_400_000;

/** How cases are opened, how fast an answer is due, and what may be given where no tiers are set. */
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

/** The power over whatever a tier does not name. */
export const ANY_ACTION = '*';
/** What giving something is called when nothing else is said. */
export const USUAL_ACTION = 'compensate';

/** What people of a tier decide about one kind of action. Amounts are in minor units. */
export interface Power {
  action: string;
  /** Alone: in one case, and over a period. */
  caseLimit: number;
  periodLimit: number;
  periodDays: number;
  /** With somebody's agreement; infinite for no limit. */
  approvalLimit: number;
  /** How soon that agreement, or a no, is due. */
  approvalMinutes: number;
  /** Why not more, and what can be offered instead. */
  reason: string;
  alternatives: string[];
}

/** A degree of trust. */
export interface Tier {
  id: string;
  name: string;
  powers: Power[];
  /** Most that people of it may agree to for others. */
  approveUpTo: number;
}

export interface Empowerment {
  tiers: Tier[];
  defaultTierId: string;
}

/** What an agent gave to customers on their own, and the tier they are in. */
export interface Spending {
  id: string;
  gifts: { id: string; at: number; amount: number; action?: string | undefined }[];
  tierId?: string | undefined;
}

export const newSpending = (agentId: string): Spending => ({ id: agentId, gifts: [] });

export interface Gift {
  id: string;
  at: number;
  agentId: string;
  approverId: string;
  amount: number;
  action?: string | undefined;
}

const nothing: Omit<Power, 'action'> = {
  caseLimit: 0,
  periodLimit: 0,
  periodDays: 30,
  approvalLimit: 0,
  approvalMinutes: 60,
  reason: 'this is not for your tier to decide',
  alternatives: [],
};

/** What holds for everybody while no tiers are set: the limits of the policy, and no limit with somebody's agreement. */
export const tierOfPolicy = (policy: RecoveryPolicy): Tier => ({
  id: '',
  name: 'recovery policy',
  powers: [
    {
      ...nothing,
      action: ANY_ACTION,
      caseLimit: policy.agentCaseLimit,
      periodLimit: policy.agentPeriodLimit,
      periodDays: policy.periodDays,
      approvalLimit: Number.POSITIVE_INFINITY,
      reason: 'more than may be given alone',
    },
  ],
  approveUpTo: Number.POSITIVE_INFINITY,
});

/** The tier of an agent: their own, the usual one, or that of the policy while none are set. */
export const tierFor = (empowerment: Empowerment | undefined, policy: RecoveryPolicy, tierId = ''): Tier => {
  if (!empowerment || empowerment.tiers.length === 0) return tierOfPolicy(policy);
  const of = (id: string) => empowerment.tiers.find((tier) => tier.id === id);
  // Whose tier was taken away falls back to the usual one, never to more.
  return of(tierId) ?? of(empowerment.defaultTierId) ?? { id: '', name: 'none', powers: [], approveUpTo: 0 };
};

const powerOf = ({ powers }: Tier, action: string): Power =>
  powers.find((one) => one.action === action) ??
  powers.find((one) => one.action === ANY_ACTION) ?? { ...nothing, action };

export interface Verdict {
  kind: 'allowed' | 'needs_approval' | 'not_allowed';
  tierId: string;
  /** What is left to give alone: the less of case and period. */
  left: number;
  leftInCase: number;
  leftInPeriod: number;
  approvalLimit: number;
  approvalMinutes: number;
  /** Empty when allowed. */
  reason: string;
  alternatives: string[];
}

type Given = Pick<RecoveryCase, 'compensations'>;

/** Whether an agent may give something: alone, with agreement, or not, and why. */
export const judge = (spending: Spending, tier: Tier, given: Given, gift: Omit<Gift, 'approverId'>): Verdict => {
  const action = gift.action || USUAL_ACTION;
  const power = powerOf(tier, action);
  const named = new Set(tier.powers.map((one) => one.action));
  // What a tier names counts for itself; everything else counts together.
  const sameCount = (other: string | undefined): boolean => {
    const name = other || USUAL_ACTION;
    return power.action === ANY_ACTION ? !named.has(name) : name === power.action;
  };
  const own = given.compensations.filter(
    (one) => one.agentId === gift.agentId && one.approverId === '' && one.id !== gift.id && sameCount(one.action),
  );
  const since = gift.at - power.periodDays * DAY;
  const recent = spending.gifts.filter((one) => one.at > since && sameCount(one.action));
  const sum = (all: { amount: number }[]) => all.reduce((total, { amount }) => total + amount, 0);
  const leftInCase = Math.max(0, power.caseLimit - sum(own));
  const leftInPeriod = Math.max(0, power.periodLimit - sum(recent));
  const left = Math.min(leftInCase, leftInPeriod);
  const kind =
    gift.amount <= left ? 'allowed' : gift.amount <= power.approvalLimit ? ('needs_approval' as const) : 'not_allowed';
  return {
    kind,
    tierId: tier.id,
    left,
    leftInCase,
    leftInPeriod,
    approvalLimit: power.approvalLimit,
    approvalMinutes: power.approvalMinutes,
    reason: kind === 'allowed' ? '' : power.reason || 'more than may be given alone',
    alternatives: kind === 'allowed' ? [] : power.alternatives,
  };
};

/** The no, with everything an agent needs to go on. */
export const exceeded = (agentId: string, verdict: Verdict): Refusal =>
  new Refusal(
    'precondition',
    'EMPOWERMENT_EXCEEDED',
    `amount_minor: ${agentId} may give ${verdict.left} more alone; ${verdict.reason}`,
    {
      metadata: {
        verdict: verdict.kind,
        left_minor: String(verdict.left),
        left_in_case: String(verdict.leftInCase),
        left_in_period: String(verdict.leftInPeriod),
        reason: verdict.reason,
        ...(verdict.alternatives.length > 0 ? { alternatives: verdict.alternatives.join('; ') } : {}),
        ...(verdict.kind === 'needs_approval' ? { approval_minutes: String(verdict.approvalMinutes) } : {}),
      },
    },
  );

/** Whether somebody may agree to what another wants to give. */
export const checkApprover = (agentId: string, approverId: string, approver: Tier, amount: number): void => {
  if (approverId === agentId) {
    throw new Refusal('precondition', 'APPROVER_IS_AGENT', 'approver_id: nobody agrees with themselves');
  }
  if (amount > approver.approveUpTo) {
    throw new Refusal(
      'precondition',
      'APPROVER_NOT_EMPOWERED',
      `approver_id: ${approverId} may agree to at most ${approver.approveUpTo}`,
      { metadata: { approve_up_to_minor: String(approver.approveUpTo) } },
    );
  }
};

const KEPT = 1_000;
/** No period is longer. */
const LONGEST_DAYS = 366;

/**
 * What an agent gives alone is checked against the case and the period; with the agreement of somebody whose tier allows it,
 * nothing counts towards theirs. Gives the spending after the gift.
 */
export const spend = (spending: Spending, tier: Tier, given: Given, gift: Gift, approver?: Tier): Spending => {
  if (spending.gifts.some(({ id }) => id === gift.id)) return spending;
  const verdict = judge(spending, tier, given, gift);
  if (gift.approverId !== '') {
    if (verdict.kind === 'not_allowed') throw exceeded(gift.agentId, verdict);
    if (approver) checkApprover(gift.agentId, gift.approverId, approver, gift.amount);
    return spending;
  }
  if (verdict.kind !== 'allowed') throw exceeded(gift.agentId, verdict);
  const kept = spending.gifts.filter(({ at }) => at > gift.at - LONGEST_DAYS * DAY);
  const { id, at, amount, action } = gift;
  return { ...spending, gifts: [...kept, { id, at, amount, ...(action ? { action } : {}) }].slice(-KEPT) };
};

const violation = (field: string, rule: string, description: string) => ({ field, rule, description });

/** What is wrong with the tiers of a tenant. */
export const checkEmpowerment = ({ tiers, defaultTierId }: Empowerment) => {
  const repeated = (ids: string[]) => ids.findIndex((id, i) => ids.indexOf(id) !== i);
  const twice = repeated(tiers.map(({ id }) => id));
  return [
    ...(twice >= 0 ? [violation(`empowerment.tiers[${twice}].id`, 'unique', 'this tier exists already')] : []),
    ...(tiers.length > 0 && !tiers.some(({ id }) => id === defaultTierId)
      ? [violation('empowerment.default_tier_id', 'known', 'name the tier of those who have no other')]
      : []),
    ...tiers.flatMap(({ powers }, i) => {
      const at = repeated(powers.map(({ action }) => action));
      const field = `empowerment.tiers[${i}].powers`;
      return [
        ...(at >= 0 ? [violation(`${field}[${at}].action`, 'unique', 'this action has a power already')] : []),
        ...powers.flatMap(({ caseLimit, approvalLimit }, j) =>
          approvalLimit > 0 && approvalLimit < caseLimit
            ? [violation(`${field}[${j}].approval_limit_minor`, 'order', 'lies below what may be given alone')]
            : [],
        ),
      ];
    }),
  ];
};
