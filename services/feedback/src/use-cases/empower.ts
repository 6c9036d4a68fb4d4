import type { Empowerment, RecoveryPolicy, Spending, Tier } from '../domain/recovery/empowerment';
import { newSpending, tierFor, usualPolicy } from '../domain/recovery/empowerment';
import type { Empowerments, Policies, Spendings } from './recovery-ports';

export interface EmpowerDeps {
  policies: Policies;
  empowerments: Empowerments;
  spendings: Spendings;
}

export const policyOf = async (
  { policies }: Pick<EmpowerDeps, 'policies'>,
  tenantId: string,
): Promise<RecoveryPolicy> => (await policies.load(tenantId, 'recovery'))?.policy ?? usualPolicy;

export const empowermentOf = async (
  { empowerments }: Pick<EmpowerDeps, 'empowerments'>,
  tenantId: string,
): Promise<Empowerment | undefined> => (await empowerments.load(tenantId, 'empowerment'))?.empowerment;

export const spendingOf = async (
  { spendings }: Pick<EmpowerDeps, 'spendings'>,
  tenantId: string,
  agentId: string,
): Promise<Spending> => (await spendings.load(tenantId, agentId)) ?? newSpending(agentId);

/** The tier that an agent is in. */
export const tierOf = async (deps: EmpowerDeps, tenantId: string, agentId: string): Promise<Tier> => {
  const [empowerment, policy, { tierId }] = await Promise.all([
    empowermentOf(deps, tenantId),
    policyOf(deps, tenantId),
    spendingOf(deps, tenantId, agentId),
  ]);
  return tierFor(empowerment, policy, tierId);
};
