import { typeOfPoint } from './contact';
import type { Customer } from './customer';

/** A contact point of one statement "these belong to one person", with what is known about it. */
export interface PointFact {
  point: string;
  base: string;
  blocked: boolean;
  shared: boolean;
  /** The customer it belongs to now; undefined when nobody has seen it. */
  owner?: Customer | undefined;
}

export type RefusedReason = 'BLOCKED_VALUE' | 'SHARED' | 'OVER_LIMIT';

export interface RefusedPoint {
  point: string;
  reason: RefusedReason;
}

export interface Join {
  /** The customer that ends. */
  linked: string;
  /** The two bases the evidence names. */
  a: string;
  b: string;
}

export interface Identification {
  outcome: 'create' | 'add' | 'merge' | 'none';
  /** The customer that lives on; undefined when no point may be used for identity. */
  surviving?: string | undefined;
  /** Points nobody has seen yet, in the order they are to be created. */
  fresh: PointFact[];
  joins: Join[];
  refused: RefusedPoint[];
}

/** How many of a kind one person may have. External ids count per namespace. */
export const limitFor = (kind: string): number => (kind.startsWith('external:') ? 1 : kind === 'chat' ? 50 : 5);

// Strongest first: what another system calls a person outranks an address, an address outranks a browser.
const strength = ['external', 'email', 'phone', 'chat'];
const rank = (point: string): number => strength.indexOf(typeOfPoint(point));

/** What a limit counts: `external:crm`, `email`, `phone`, `chat`. */
export const limitKind = (point: string): string => {
  const type = typeOfPoint(point);
  return type === 'external' ? point.slice(0, point.indexOf(':', 'external:'.length)) : type;
};

/** Kinds of which these points are more than one person may have. */
export const overLimit = (points: Iterable<string>): string[] => {
  const counts = new Map<string, number>();
  for (const point of new Set(points)) counts.set(limitKind(point), (counts.get(limitKind(point)) ?? 0) + 1);
  return [...counts].filter(([kind, count]) => count > limitFor(kind)).map(([kind]) => kind);
};

const pointsOf = (facts: PointFact[]): string[] =>
  facts.flatMap((fact) => [fact.point, ...(fact.owner?.members.map((member) => member.point) ?? [])]);

const older = (a: Customer, b: Customer): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

const usableOf = (facts: PointFact[]): { usable: PointFact[]; refused: RefusedPoint[] } => {
  const refused: RefusedPoint[] = [];
  const usable = facts.filter((fact, i) => {
    if (facts.findIndex((other) => other.point === fact.point) !== i) return false;
    const reason = fact.blocked ? 'BLOCKED_VALUE' : fact.shared ? 'SHARED' : undefined;
    if (reason) refused.push({ point: fact.point, reason });
    return !reason;
  });
  return { usable, refused };
};

/**
 * Decides who a set of verified contact points is: somebody new, somebody known who gains an address, or several
 * known ones who turn out to be one. Over a limit the weakest identifier is left out and the rest is tried again.
 */
export const identify = (facts: PointFact[]): Identification => {
  const { usable, refused } = usableOf(facts);
  usable.sort((x, y) => rank(x.point) - rank(y.point));
  while (usable.length > 1 && overLimit(pointsOf(usable)).length > 0) {
    refused.push({ point: usable.pop()!.point, reason: 'OVER_LIMIT' });
  }
  const first = usable[0];
  if (!first) return { outcome: 'none', fresh: [], joins: [], refused };
  const owners = new Map(usable.flatMap((fact) => (fact.owner ? [[fact.owner.id, fact.owner] as const] : [])));
  const surviving = [...owners.values()].sort(older)[0]?.id ?? first.base;
  const anchor = usable.find((fact) => (fact.owner?.id ?? fact.base) === surviving)!;
  const joined = new Set([surviving]);
  const joins: Join[] = [];
  for (const fact of usable) {
    const root = fact.owner?.id ?? fact.base;
    if (joined.has(root)) continue;
    joined.add(root);
    joins.push({ linked: root, a: anchor.base, b: fact.base });
  }
  const outcome = owners.size === 0 ? 'create' : owners.size === 1 ? 'add' : 'merge';
  return { outcome, surviving, fresh: usable.filter((fact) => !fact.owner), joins, refused };
};
