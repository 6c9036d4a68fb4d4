import { customerIdFor, Refusal, uuidFromHash } from '@throughline/core';
import type { CaseTerms, RecoveryCase } from '../domain/recovery/case';
import { decideCase, whyUntold } from '../domain/recovery/case';
import type { Cause } from '../domain/recovery/causes';
import { causeTree } from '../domain/recovery/causes';
import type { Gift } from '../domain/recovery/empowerment';
import { newSpending, spend, tierFor } from '../domain/recovery/empowerment';
import { addressOf } from './address';
import type { EmpowerDeps } from './empower';
import { empowermentOf, policyOf, tierOf } from './empower';
import type { Asked, CustomerLinks, Dockets } from './ports';
import type { Cases, FailurePoints, Improvements, OwnCauses } from './recovery-ports';

const HOUR = 3_600_000;

export interface RecoverDeps extends EmpowerDeps {
  cases: Cases;
  ownCauses: OwnCauses;
  failurePoints: FailurePoints;
  improvements: Improvements;
  dockets: Dockets;
  customers: CustomerLinks;
  now(): number;
}

export const causesOf = async ({ ownCauses }: Pick<RecoverDeps, 'ownCauses'>, tenantId: string): Promise<Cause[]> =>
  causeTree((await ownCauses.load(tenantId, 'causes'))?.causes ?? []);

/** Id of the case that follows from something: the same thing again makes no second one. */
export const caseIdFor = (tenantId: string, from: 'invitation' | 'promise' | 'complaint', id: string): string =>
  uuidFromHash('recovery-case', tenantId, from, id);

export type Opening = Pick<CaseTerms, 'id' | 'kind' | 'contactPoint' | 'conversationId' | 'what'> &
  Partial<Pick<CaseTerms, 'invitationId' | 'promiseId' | 'ownerId' | 'mayContact'>> & { at?: number };

/** Opens a case, once: its clock runs from the moment it is about. */
export const openCase = async (
  deps: RecoverDeps,
  tenantId: string,
  opening: Opening,
  asked?: Asked,
): Promise<RecoveryCase> => {
  const { at = deps.now(), conversationId } = opening;
  const policy = await policyOf(deps, tenantId);
  const docket = conversationId ? await deps.dockets.load(tenantId, conversationId) : undefined;
  const contactPoint = opening.contactPoint || docket?.contactPoint || '';
  const terms: CaseTerms = {
    id: opening.id,
    kind: opening.kind,
    customerId: contactPoint ? (await deps.customers.whois(tenantId, contactPoint)).customerId : '',
    contactPoint,
    conversationId,
    issueId: docket?.issueId ?? '',
    channel: docket?.facts.channel ?? '',
    language: docket?.facts.language ?? '',
    invitationId: opening.invitationId ?? '',
    promiseId: opening.promiseId ?? '',
    what: opening.what,
    ownerId: opening.ownerId || policy.defaultOwnerId,
    teamId: docket?.facts.queueId ?? '',
    mayContact: opening.mayContact ?? true,
    dueAt: at + policy.respondWithinHours * HOUR,
  };
  const open = (current: RecoveryCase | undefined) => decideCase(current, { type: 'open', at, terms });
  return (await deps.cases.change(tenantId, opening.id, open, deps.now(), asked))!;
};

/** Notes a gift with the agent who gives it: one write on one document, so giving to ten customers at once goes no further. */
const note = async (deps: RecoverDeps, tenantId: string, found: RecoveryCase, gift: Gift): Promise<void> => {
  const [empowerment, policy, approver] = await Promise.all([
    empowermentOf(deps, tenantId),
    policyOf(deps, tenantId),
    gift.approverId ? tierOf(deps, tenantId, gift.approverId) : undefined,
  ]);
  await deps.spendings.change(
    tenantId,
    gift.agentId,
    (current) => {
      const before = current ?? newSpending(gift.agentId);
      const after = spend(before, tierFor(empowerment, policy, before.tierId), found, gift, approver);
      return after === before ? [] : [{ type: 'replaced', at: gift.at, state: after }];
    },
    gift.at,
  );
};

/**
 * Gives a customer something: first it is noted with the agent who gives, then with the case; repeating it is one gift.
 * `agreed`: an approval was granted for it, which was the check.
 */
export const compensate = async (
  deps: RecoverDeps,
  tenantId: string,
  caseId: string,
  gift: Gift & { what: string },
  asked?: Asked,
  agreed = false,
): Promise<RecoveryCase> => {
  const { what, ...given } = gift;
  const found = await deps.cases.load(tenantId, caseId);
  if (!found) throw new Refusal('not_found', 'CASE_NOT_FOUND', `there is no case ${caseId}`);
  const compensation = { ...given, what };
  // Refused by the case before anything is noted with the agent.
  decideCase(found, { type: 'compensate', at: gift.at, compensation });
  if (!agreed) await note(deps, tenantId, found, given);
  const give = (current: RecoveryCase | undefined) =>
    decideCase(current, { type: 'compensate', at: gift.at, compensation });
  return (await deps.cases.change(tenantId, caseId, give, gift.at, asked))!;
};

export interface Telling {
  told: number;
  toldBefore: number;
  notTold: Record<string, number>;
}

const PAGE = 200;

/** Every case that named a failure, the newest first. */
async function* casesOf(deps: RecoverDeps, tenantId: string, failurePointId: string): AsyncIterable<RecoveryCase> {
  let after: { at: number; id: string } | undefined;
  for (;;) {
    const where = { 'cause.failurePointId': failurePointId };
    const { items, more } = await deps.cases.list({ tenantId, where, after, limit: PAGE });
    yield* items;
    const last = items.at(-1);
    if (!more || !last) return;
    after = { at: last.openedAt, id: last.id };
  }
}

/** Tells those whose cases named the failure what was done about it: nobody else, and each person once. */
export const tellCustomers = async (deps: RecoverDeps, tenantId: string, improvementId: string): Promise<Telling> => {
  const improvement = await deps.improvements.load(tenantId, improvementId);
  if (!improvement) throw new Refusal('not_found', 'IMPROVEMENT_NOT_FOUND', `there is no improvement ${improvementId}`);
  if (improvement.doneAt === undefined) {
    throw new Refusal('precondition', 'IMPROVEMENT_NOT_DONE', 'customers are told what was done, not what is planned');
  }
  const all: RecoveryCase[] = [];
  for await (const one of casesOf(deps, tenantId, improvement.failurePointId)) all.push(one);
  const telling: Telling = { told: 0, toldBefore: 0, notTold: {} };
  const leaveOut = (reason: string) => {
    telling.notTold[reason] = (telling.notTold[reason] ?? 0) + 1;
  };
  const { youSaid, weDid } = improvement;
  const done = new Set<string>();
  // Those told before come first: a person with two cases is not told by the second one.
  for (const one of all.sort(
    (a, b) => Number(b.told.includes(improvementId)) - Number(a.told.includes(improvementId)),
  )) {
    const { customerId, points } = one.contactPoint
      ? await deps.customers.whois(tenantId, one.contactPoint)
      : { customerId: customerIdFor(tenantId, one.id), points: [] };
    if (done.has(customerId)) continue;
    const to = addressOf(one.contactPoint, points);
    const lost = whyUntold(one, improvementId);
    if (lost !== undefined) {
      done.add(customerId);
      leaveOut(lost);
    } else if (one.told.includes(improvementId)) {
      done.add(customerId);
      telling.toldBefore += 1;
    } else if (!one.mayContact) leaveOut('NO_CONSENT');
    else if (to === '') leaveOut('NO_ADDRESS');
    else {
      const at = deps.now();
      const tell = { type: 'tell' as const, at, improvementId, youSaid, weDid, to, language: one.language };
      await deps.cases.change(tenantId, one.id, (current) => decideCase(current, tell), at);
      done.add(customerId);
      telling.told += 1;
    }
  }
  return telling;
};
