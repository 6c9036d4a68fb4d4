import { uuidFromHash } from '@throughline/core';
import { baseOf, isBlockedPoint, isSharedByName } from '../domain/contact';
import type { ActorRef, Customer } from '../domain/customer';
import { ownMember } from '../domain/customer';
import type { Identification, PointFact } from '../domain/identify';
import { identify } from '../domain/identify';
import { findRoot } from './find-customer';
import { linkCustomers } from './link-customers';
import type { CustomerStore } from './ports';

/** A statement that contact points belong to one person. */
export interface Statement {
  tenantId: string;
  points: string[];
  evidence: string;
  actor: ActorRef;
  at: number;
  /** Names the statement: the same one again makes the same links. */
  id: string;
  displayName: string;
}

const DEMOTIONS_TILL_SHARED = 3;

const factOf = async (store: CustomerStore, tenantId: string, point: string): Promise<PointFact> => {
  const base = baseOf(tenantId, point);
  const own = await store.load(tenantId, base);
  const owner = own && (await findRoot(store.load, tenantId, base));
  const shared = isSharedByName(point) || (own !== undefined && ownMember(own).shared);
  return { point, base, blocked: isBlockedPoint(point), shared, owner };
};

/** A contact point that stands between two people time and again is used by several: it is flagged and links nobody. */
const demote = (store: CustomerStore, tenantId: string, point: string) =>
  store.change(tenantId, baseOf(tenantId, point), (current) => {
    if (!current) return undefined;
    const demotions = current.demotions + 1;
    const [own, ...others] = current.members;
    const shared = own!.shared || demotions >= DEMOTIONS_TILL_SHARED;
    return { customer: { ...current, demotions, members: [{ ...own!, shared }, ...others] }, events: [] };
  });

/** Notes on the surviving customer which of its contact points are proven, and its name if it has none. */
const verify = (store: CustomerStore, statement: Statement, surviving: string, points: Set<string>) =>
  store.change(statement.tenantId, surviving, (current) => {
    if (!current) return undefined;
    const news = current.members.filter((member) => points.has(member.point) && !member.verified);
    const displayName = current.displayName || statement.displayName;
    if (news.length === 0 && displayName === current.displayName) return undefined;
    const members = current.members.map((member) => (news.includes(member) ? { ...member, verified: true } : member));
    const customer: Customer = {
      ...current,
      displayName,
      members,
      updatedAt: Math.max(current.updatedAt, statement.at),
    };
    return {
      customer,
      events: news.map((member) => ({ type: 'pointAdded' as const, member, evidence: statement.evidence })),
    };
  });

/** Decides who a set of verified contact points is, and makes it so. */
export const identifyPoints = async (store: CustomerStore, statement: Statement): Promise<Identification> => {
  const { tenantId, at, evidence, actor } = statement;
  const facts = await Promise.all([...new Set(statement.points)].map((point) => factOf(store, tenantId, point)));
  const decided = identify(facts);
  if (!decided.surviving) return decided;
  await store.create(decided.fresh.map(({ point, base }) => ({ tenantId, base, point, at: new Date(at) })));
  for (const { linked, a, b } of decided.joins) {
    const id = uuidFromHash('link', tenantId, statement.id, a, b);
    await linkCustomers(store, tenantId, {
      id,
      a,
      b,
      surviving: decided.surviving,
      linked,
      evidence,
      confidence: 100,
      actor,
      at,
    });
  }
  const refused = new Set(decided.refused.map(({ point }) => point));
  await verify(store, statement, decided.surviving, new Set(statement.points.filter((point) => !refused.has(point))));
  for (const { point, reason } of decided.refused) if (reason === 'OVER_LIMIT') await demote(store, tenantId, point);
  return decided;
};
