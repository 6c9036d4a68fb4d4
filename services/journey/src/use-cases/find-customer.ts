import { Refusal } from '@throughline/core';
import type { Customer } from '../domain/customer';
import { isMember } from '../domain/customer';
import { recent } from '../domain/recent';

export const noCustomer = (id: string): Refusal =>
  new Refusal('not_found', 'CUSTOMER_NOT_FOUND', `there is no customer ${id}`, { metadata: { customer_id: id } });

type Load = (tenantId: string, id: string) => Promise<Customer | undefined>;

// Chains are as long as people were linked one after the other; a longer one would be a loop.
const MOST_HOPS = 20;

/**
 * Follows a customer id to the customer that lives on. Only the surviving document says who belongs to it: a pointer
 * to one that does not list us is a link half made or half undone, and then we still stand for ourselves.
 */
export const findRoot = async (load: Load, tenantId: string, id: string): Promise<Customer | undefined> => {
  let current = await load(tenantId, id);
  let root = current;
  for (let hop = 0; current?.mergedInto && hop < MOST_HOPS; hop++) {
    current = await load(tenantId, current.mergedInto);
    if (current && isMember(current, id)) root = current;
  }
  return root;
};

export interface BasesOf {
  /** The contact points (by base) of the customer an id stands for; refuses an unknown id. */
  (tenantId: string, id: string): Promise<string[]>;
  forget(tenantId: string, ids: Iterable<string>): void;
}

/**
 * Remembers which contact points a customer has for a short time, because every page asks for it. A link made by this
 * process is seen at once, one made by another within `keepMs`.
 */
export const createBasesOf = (load: Load, now: () => number, keepMs: number, size = 100_000): BasesOf => {
  const known = recent<{ bases: string[]; until: number }>(size);
  const basesOf = async (tenantId: string, id: string): Promise<string[]> => {
    const key = `${tenantId}/${id}`;
    const found = known.get(key);
    if (found && found.until > now()) return found.bases;
    const root = await findRoot(load, tenantId, id);
    if (!root) throw noCustomer(id);
    const bases = root.members.map((member) => member.base);
    known.set(key, { bases, until: now() + keepMs });
    return bases;
  };
  return Object.assign(basesOf, {
    forget: (tenantId: string, ids: Iterable<string>) => {
      for (const id of ids) known.delete(`${tenantId}/${id}`);
    },
  });
};
