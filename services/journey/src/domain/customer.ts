/** Who did something, as stored. */
export interface ActorRef {
  kind: string;
  id: string;
  displayName: string;
}

/** A contact point of a customer together with the customer it started as. */
export interface Member {
  base: string;
  point: string;
  verified: boolean;
  shared: boolean;
  firstSeenAt: number;
}

/** A statement that two base customers are one person. Undone ones stay in the ledger. */
export interface Link {
  id: string;
  /** The two customers the evidence names, as they started. */
  a: string;
  b: string;
  surviving: string;
  linked: string;
  evidence: string;
  confidence: number;
  actor: ActorRef;
  at: number;
  undoneAt?: number | undefined;
  undoReason?: string | undefined;
}

export interface Attribute {
  value: string;
  sayable: string;
}

/**
 * A customer starts as one contact point and stays that document for ever. While it lives on in another one it points
 * there; what a person consists of is stated by one document only, the surviving one, in `members` and `links`.
 */
export interface Customer {
  id: string;
  tenantId: string;
  createdAt: number;
  updatedAt: number;
  displayName: string;
  attributes: Record<string, Attribute>;
  /** The first is the customer's own contact point. */
  members: Member[];
  links: Link[];
  /** How often its own contact point stood between two people; too often means that it is shared. */
  demotions: number;
  mergedInto?: string | undefined;
  /** A link whose second write is still to come. */
  joining?: Link | undefined;
  /** A customer that left and has not been written yet. */
  leaving?: { members: Member[]; links: Link[]; root: string; at: number } | undefined;
  /** When it last left another customer: a repair that comes late sees that it is done. */
  leftAt?: number | undefined;
}

export const newCustomer = (of: {
  id: string;
  tenantId: string;
  point: string;
  shared: boolean;
  at: number;
}): Customer => ({
  id: of.id,
  tenantId: of.tenantId,
  createdAt: of.at,
  updatedAt: of.at,
  displayName: '',
  attributes: {},
  members: [{ base: of.id, point: of.point, verified: false, shared: of.shared, firstSeenAt: of.at }],
  links: [],
  demotions: 0,
});

export const ownMember = (customer: Customer): Member => customer.members[0]!;

export const isMember = (customer: Customer, base: string): boolean =>
  customer.members.some((member) => member.base === base);

export const liveLinks = (customer: Customer): Link[] => customer.links.filter((link) => link.undoneAt === undefined);
