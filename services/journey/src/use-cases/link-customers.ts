import { Refusal, transientError } from '@throughline/core';
import type { Customer, Link } from '../domain/customer';
import type { Leaving } from '../domain/link';
import { checkLink, standAlone, takeIn, takeOut } from '../domain/link';
import type { CustomerRequest, CustomerStore } from './ports';

// Another link or unlink of the same customer is under way; it is done, or repaired, within seconds.
const busy = (id: string): Error => transientError(`customer ${id} is being linked or unlinked`);

const freeze = (current: Customer | undefined, surviving: string, link: Link) => {
  if (!current) throw new Refusal('not_found', 'CUSTOMER_NOT_FOUND', `there is no customer ${link.linked}`);
  if (current.joining?.id === link.id) return undefined;
  // A pointer means that it is no longer, or not yet again, a customer of its own.
  if (current.joining || current.leaving || current.mergedInto) throw busy(current.id);
  return { customer: { ...current, mergedInto: surviving, joining: link }, events: [] };
};

const release = (store: CustomerStore, tenantId: string, link: Link) =>
  store.change(tenantId, link.linked, (current) =>
    current?.joining?.id === link.id
      ? { customer: { ...current, mergedInto: undefined, joining: undefined }, events: [] }
      : undefined,
  );

/**
 * Links two customers in three writes of one document each. The linked one is frozen first and still stands for
 * itself; the one write of the surviving customer makes them one; then the freeze is lifted. Repeating it, after a
 * crash at any point, ends the same.
 */
export const linkCustomers = async (
  store: CustomerStore,
  tenantId: string,
  link: Link,
  request?: CustomerRequest,
): Promise<{ repeated?: Buffer | undefined }> => {
  await store.change(tenantId, link.linked, (current) => freeze(current, link.surviving, link));
  const linked = await store.load(tenantId, link.linked);
  let outcome: { repeated?: Buffer | undefined };
  try {
    outcome = await store.change(
      tenantId,
      link.surviving,
      (current) => {
        if (!current) throw new Refusal('not_found', 'CUSTOMER_NOT_FOUND', `there is no customer ${link.surviving}`);
        if (current.links.some((known) => known.id === link.id)) return undefined;
        if (current.joining || current.leaving || current.mergedInto) throw busy(current.id);
        checkLink(current, linked!);
        const points = linked!.members.map((member) => member.point);
        return { customer: takeIn(current, linked!, link), events: [{ type: 'linked', link, points }] };
      },
      request,
    );
  } catch (error) {
    await release(store, tenantId, link);
    throw error;
  }
  await store.change(tenantId, link.linked, (current) =>
    current?.joining?.id === link.id ? { customer: { ...current, joining: undefined }, events: [] } : undefined,
  );
  return outcome;
};

/** Brings what left a customer to stand by itself. Repeating it changes nothing. */
export const finishLeaving = async (
  store: CustomerStore,
  tenantId: string,
  from: string,
  leaving: Leaving,
): Promise<void> => {
  const done = (current: Customer) => (current.leftAt ?? 0) >= leaving.at;
  await store.change(tenantId, leaving.root, (current) =>
    current && !done(current) ? { customer: standAlone(current, leaving), events: [] } : undefined,
  );
  for (const member of leaving.members.slice(1)) {
    await store.change(tenantId, member.base, (current) =>
      current && !done(current)
        ? { customer: { ...current, mergedInto: leaving.root, leftAt: leaving.at }, events: [] }
        : undefined,
    );
  }
  await store.change(tenantId, from, (current) =>
    current?.leaving?.root === leaving.root ? { customer: { ...current, leaving: undefined }, events: [] } : undefined,
  );
};

/** Undoes a link: one write of the surviving customer says who stays, the others only follow it. */
export const unlinkCustomers = async (
  store: CustomerStore,
  tenantId: string,
  undo: { linkId: string; at: number; reason: string },
  request?: CustomerRequest,
): Promise<{ link: Link; repeated?: Buffer | undefined }> => {
  const holder = await store.holderOfLink(tenantId, undo.linkId);
  if (!holder) throw new Refusal('not_found', 'LINK_NOT_FOUND', `there is no link ${undo.linkId}`);
  let link: Link | undefined;
  let leaves: Leaving | undefined;
  const outcome = await store.change(
    tenantId,
    holder.id,
    (current) => {
      if (!current || current.leaving || current.joining) throw busy(holder.id);
      const taken = takeOut(current, undo.linkId, undo);
      ({ link, leaves } = taken);
      const points = leaves.members.map((member) => member.point);
      const customer = leaves.members.length > 0 ? { ...taken.stays, leaving: leaves } : taken.stays;
      return {
        customer,
        events: [{ type: 'unlinked', link: { ...link, linked: leaves.root || link.linked }, points }],
      };
    },
    request,
  );
  if (leaves && leaves.members.length > 0) await finishLeaving(store, tenantId, holder.id, leaves);
  return { link: link ?? holder.links.find((known) => known.id === undo.linkId)!, repeated: outcome.repeated };
};

/** Completes links and unlinks whose process died in between. */
export const settleCustomers = async (store: CustomerStore): Promise<number> => {
  const unsettled = await store.unsettled(100);
  for (const customer of unsettled) {
    const { tenantId, id, joining, leaving } = customer;
    if (joining) {
      await linkCustomers(store, tenantId, joining).catch((error) => {
        // A refusal has released the customer; anything else is tried again in the next round.
        if (!(error instanceof Refusal)) throw error;
      });
    }
    if (leaving) await finishLeaving(store, tenantId, id, leaving);
  }
  return unsettled.length;
};
