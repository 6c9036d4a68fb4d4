import { Refusal } from '@throughline/core';
import type { Customer, Link, Member } from './customer';
import { liveLinks } from './customer';
import { overLimit } from './identify';

const conflict = (kinds: string[]): Refusal =>
  new Refusal(
    'precondition',
    'LINK_CONFLICT',
    `the two customers together have too many identifiers of ${kinds.join(', ')}`,
  );

/** Refuses to link two people who cannot be one: two different unique ids, or more addresses than a person has. */
export const checkLink = (surviving: Customer, linked: Customer): void => {
  if (surviving.id === linked.id) {
    throw new Refusal('already_exists', 'ALREADY_LINKED', 'the two customers are one already');
  }
  const kinds = overLimit([...surviving.members, ...linked.members].map((member) => member.point));
  if (kinds.length > 0) throw conflict(kinds);
};

const union = <T>(first: T[], second: T[], key: (item: T) => string): T[] => {
  const seen = new Set(first.map(key));
  return [...first, ...second.filter((item) => !seen.has(key(item)))];
};

/** The surviving customer after it took another one in; the same object when it had. */
export const takeIn = (surviving: Customer, linked: Customer, link: Link): Customer => {
  if (surviving.links.some((known) => known.id === link.id)) return surviving;
  return {
    ...surviving,
    updatedAt: Math.max(surviving.updatedAt, link.at),
    members: union(surviving.members, linked.members, (member) => member.base),
    links: [...union(surviving.links, linked.links, (known) => known.id), link],
  };
};

/** Bases that hang together with `start` by the given links. */
export const reachable = (start: string, links: Link[]): Set<string> => {
  const found = new Set([start]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const link of links) {
      if (found.has(link.a)) found.add(link.b);
      else if (found.has(link.b)) found.add(link.a);
    }
  }
  return found;
};

export interface Leaving {
  root: string;
  at: number;
  members: Member[];
  links: Link[];
}

/** What stays and what leaves when a link is undone. Whoever came later stays with whom the evidence named. */
export const takeOut = (
  customer: Customer,
  linkId: string,
  undone: { at: number; reason: string },
): { stays: Customer; leaves: Leaving; link: Link } => {
  const found = customer.links.find((link) => link.id === linkId);
  if (!found) throw new Refusal('not_found', 'LINK_NOT_FOUND', `there is no link ${linkId}`);
  if (found.undoneAt !== undefined)
    throw new Refusal('precondition', 'ALREADY_UNLINKED', 'the link was undone already');
  const link: Link = { ...found, undoneAt: undone.at, undoReason: undone.reason };
  const links = customer.links.map((known) => (known.id === linkId ? link : known));
  const live = liveLinks({ ...customer, links });
  const staying = reachable(customer.id, live);
  const members = customer.members.filter((member) => !staying.has(member.base));
  const leavers = new Set(members.map((member) => member.base));
  const root = leavers.has(found.linked) ? found.linked : oldest(members);
  return {
    link,
    stays: {
      ...customer,
      updatedAt: Math.max(customer.updatedAt, undone.at),
      members: customer.members.filter((member) => staying.has(member.base)),
      // Undone links stay on both sides' ledgers; live ones go with their people.
      links: links.filter((known) => known.undoneAt !== undefined || staying.has(known.a)),
    },
    leaves: {
      root,
      at: undone.at,
      members: inFront(root, members),
      links: links.filter((known) => leavers.has(known.a) || leavers.has(known.b)),
    },
  };
};

const oldest = (members: Member[]): string =>
  [...members].sort((x, y) => x.firstSeenAt - y.firstSeenAt || (x.base < y.base ? -1 : 1))[0]?.base ?? '';

const inFront = (base: string, members: Member[]): Member[] => [
  ...members.filter((member) => member.base === base),
  ...members.filter((member) => member.base !== base),
];

/** A customer that stands by itself again with what left the other one. */
export const standAlone = (customer: Customer, leaving: Leaving): Customer => ({
  ...customer,
  updatedAt: Math.max(customer.updatedAt, leaving.at),
  leftAt: leaving.at,
  mergedInto: undefined,
  joining: undefined,
  members: leaving.members,
  links: union(
    leaving.links,
    customer.links.filter((link) => link.undoneAt !== undefined),
    (link) => link.id,
  ),
});
