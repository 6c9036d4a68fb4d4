import { isRefusal, Refusal } from '@throughline/core';
import type { Approval, ApprovalTerms } from '../domain/recovery/approval';
import { checkOther, decideApproval } from '../domain/recovery/approval';
import { decideCase } from '../domain/recovery/case';
import type { Gift, Verdict } from '../domain/recovery/empowerment';
import { checkApprover, exceeded, judge } from '../domain/recovery/empowerment';
import { spendingOf, tierOf } from './empower';
import type { Asked, Key } from './ports';
import type { RecoverDeps } from './recover';
import { compensate } from './recover';
import type { Approvals } from './recovery-ports';

const MINUTE = 60_000;

export interface ApproveDeps extends RecoverDeps {
  approvals: Approvals;
}

type Wish = Omit<Gift, 'approverId'> & { caseId: string };

/** What an agent may decide now; nothing is noted. */
export const verdictOf = async (deps: RecoverDeps, tenantId: string, wish: Wish): Promise<Verdict> => {
  const { agentId, caseId } = wish;
  const given = caseId ? await deps.cases.load(tenantId, caseId) : undefined;
  if (caseId && !given) throw new Refusal('not_found', 'CASE_NOT_FOUND', `there is no case ${caseId}`);
  const spending = await spendingOf(deps, tenantId, agentId);
  return judge(spending, await tierOf(deps, tenantId, agentId), given ?? { compensations: [] }, wish);
};

/** Asks somebody to agree, against the clock of the agent's tier. */
export const requestApproval = async (
  deps: ApproveDeps,
  tenantId: string,
  terms: Omit<ApprovalTerms, 'dueAt'>,
  asked: Asked | undefined,
): Promise<Approval> => {
  const at = deps.now();
  const verdict = await verdictOf(deps, tenantId, { ...terms, at });
  if (verdict.kind === 'not_allowed') throw exceeded(terms.agentId, verdict);
  if (verdict.kind === 'allowed') {
    throw new Refusal('precondition', 'APPROVAL_NOT_NEEDED', `${terms.agentId} may give it alone`, {
      metadata: { left_minor: String(verdict.left) },
    });
  }
  const full = { ...terms, dueAt: at + verdict.approvalMinutes * MINUTE };
  const request = (current: Approval | undefined) => decideApproval(current, { type: 'request', at, terms: full });
  return (await deps.approvals.change(tenantId, terms.id, request, at, asked))!;
};

const found = async (deps: ApproveDeps, tenantId: string, id: string): Promise<Approval> => {
  const approval = await deps.approvals.load(tenantId, id);
  if (!approval) throw new Refusal('not_found', 'APPROVAL_NOT_FOUND', `there is no approval ${id}`);
  return approval;
};

const giftOf = ({ id, agentId, approverId, amount, action, what }: Approval, at: number) => ({
  id: `approval-${id}`,
  at,
  agentId,
  approverId,
  amount,
  action,
  what,
});

/** Gives the customer what was agreed to, once however often it is tried. */
const give = async (deps: ApproveDeps, tenantId: string, approval: Approval): Promise<Approval> => {
  const at = deps.now();
  await compensate(deps, tenantId, approval.caseId, giftOf(approval, at), undefined, true);
  const done = (current: Approval | undefined) => decideApproval(current, { type: 'give', at });
  return (await deps.approvals.change(tenantId, approval.id, done, at))!;
};

export interface Answer {
  approvalId: string;
  approverId: string;
  note: string;
  alternatives: string[];
}

/** Agrees, and gives it. */
export const grantApproval = async (
  deps: ApproveDeps,
  tenantId: string,
  { approvalId, approverId, note }: Answer,
  asked: Asked | undefined,
): Promise<Approval> => {
  const approval = await found(deps, tenantId, approvalId);
  const { agentId, amount, caseId } = approval;
  checkOther(approval, approverId);
  // Nobody agrees to what cannot be given.
  if (approval.givenAt === undefined) {
    const at = deps.now();
    const one = await deps.cases.load(tenantId, caseId);
    decideCase(one, { type: 'compensate', at, compensation: giftOf({ ...approval, approverId }, at) });
  }
  checkApprover(agentId, approverId, await tierOf(deps, tenantId, approverId), amount);
  const at = deps.now();
  const grant = (current: Approval | undefined) => decideApproval(current, { type: 'grant', at, approverId, note });
  const granted = (await deps.approvals.change(tenantId, approvalId, grant, at, asked))!;
  return granted.givenAt === undefined ? give(deps, tenantId, granted) : granted;
};

/** Says no, with the reason and what can be offered instead. */
export const denyApproval = async (
  deps: ApproveDeps,
  tenantId: string,
  { approvalId, approverId, note, alternatives }: Answer,
  asked: Asked | undefined,
): Promise<Approval> => {
  checkOther(await found(deps, tenantId, approvalId), approverId);
  const at = deps.now();
  const deny = (current: Approval | undefined) =>
    decideApproval(current, { type: 'deny', at, approverId, note, alternatives });
  return (await deps.approvals.change(tenantId, approvalId, deny, at, asked))!;
};

const lookAt = async (deps: ApproveDeps, { tenantId, id }: Key): Promise<void> => {
  const at = deps.now();
  const check = (current: Approval | undefined) => decideApproval(current, { type: 'check', at });
  const approval = await deps.approvals.change(tenantId, id, check, at);
  // Granted, but whoever granted it died before it was given.
  if (approval?.state !== 'granted' || approval.givenAt !== undefined) return;
  try {
    await give(deps, tenantId, approval);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The case was closed in between: trying again would never end.
    await deps.approvals.change(tenantId, id, (current) => decideApproval(current, { type: 'lapse', at }), at);
  }
};

/**
 * Lets go what nobody answered in time, and gives what was granted and not given, in the shares of the work that are ours.
 * Doing it twice has one effect.
 */
export const approvalsDue =
  (deps: ApproveDeps, mine: () => number[], failed: (error: unknown) => void) =>
  async (limit = 200): Promise<number> => {
    const due = await deps.approvals.due(mine(), deps.now(), limit);
    for (const one of due) if (mine().includes(one.shard)) await lookAt(deps, one).catch(failed);
    return due.length;
  };
