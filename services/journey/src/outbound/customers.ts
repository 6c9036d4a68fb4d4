import type { Aggregates, NewEvent } from '@throughline/store';
import { alreadyAsked } from '@throughline/store';
import type { Customer } from '../domain/customer';
import type { CustomerFact, CustomerStore, Customers } from '../use-cases/ports';
import { customerDocId } from './customer-doc';
import { attributesChangedEvent, linkedEvent, pointAddedEvent, unlinkedEvent } from './customer-events';

const eventOf = (customer: Customer, fact: CustomerFact, at: number): NewEvent => {
  switch (fact.type) {
    case 'linked':
      return linkedEvent(customer, fact.link, fact.points);
    case 'unlinked':
      return unlinkedEvent(customer, fact.link, fact.points);
    case 'pointAdded':
      return pointAddedEvent(customer, fact.member, fact.evidence, at);
    case 'attributesChanged':
      return attributesChangedEvent(customer, fact.changed, at);
  }
};

/** Customers on MongoDB: one document each, its events in the same write. */
export const createCustomers = (
  aggregates: Aggregates<Customer>,
  sights: Customers,
  changed: (tenantId: string, customer: Customer) => void,
): CustomerStore => {
  const { collection } = aggregates;
  const load = async (tenantId: string, id: string) => (await aggregates.load(customerDocId(tenantId, id)))?.state;
  return {
    ...sights,
    load,
    async loadMany(tenantId, ids) {
      const loaded = await aggregates.loadMany(ids.map((id) => customerDocId(tenantId, id)));
      return loaded.map(({ state }) => state);
    },
    async change(tenantId, id, decide, request) {
      const outcome = await aggregates.change(
        id,
        (current) => {
          const change = decide(current?.state);
          if (!change) return undefined;
          const { customer } = change;
          const events = change.events.map((fact) => eventOf(customer, fact, customer.updatedAt));
          return { state: customer, events, result: request?.result };
        },
        { tenantId, request: request && { id: request.id, fingerprint: request.fingerprint } },
      );
      if (outcome.state) changed(tenantId, outcome.state);
      return { customer: outcome.state, repeated: outcome.repeated ? (outcome.result ?? Buffer.alloc(0)) : undefined };
    },
    async answered(tenantId, id, request) {
      const loaded = await aggregates.load(customerDocId(tenantId, id));
      const earlier = loaded && alreadyAsked(loaded.asked, request);
      return earlier && (earlier.result ?? Buffer.alloc(0));
    },
    async holderOfLink(tenantId, linkId) {
      const holders = await aggregates.loadMany({ 'links.id': linkId, tenantId: { $eq: tenantId } });
      const alive = holders.find(({ state }) =>
        state.links.some((link) => link.id === linkId && link.undoneAt === undefined),
      );
      return (alive ?? holders[0])?.state;
    },
    async list(tenantId, after, limit) {
      // Ids of one tenant lie together; "/" is followed by "0".
      const docs = await collection
        .find({ _id: { $gt: `${tenantId}/${after}`, $lt: `${tenantId}0` }, mergedInto: { $exists: false } })
        .project<{ _id: string }>({ _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      const loaded = await aggregates.loadMany(docs.map(({ _id }) => _id));
      return loaded.map(({ state }) => state).sort((x, y) => (x.id < y.id ? -1 : 1));
    },
    async unsettled(limit) {
      const docs = await collection
        .find({ unsettled: true })
        .project<{ _id: string }>({ _id: 1 })
        .limit(limit)
        .toArray();
      if (docs.length === 0) return [];
      return (await aggregates.loadMany(docs.map(({ _id }) => _id))).map(({ state }) => state);
    },
  };
};
