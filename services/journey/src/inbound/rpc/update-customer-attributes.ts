import { invalidField, Refusal } from '@throughline/core';
import { journeyV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { Attribute, Customer } from '../../domain/customer';
import { findRoot, noCustomer } from '../../use-cases/find-customer';
import type { Deps } from './deps';
import { requestOf } from './deps';
import { present } from './present';

const MOST_ATTRIBUTES = 200;

type Request = journeyV1.UpdateCustomerAttributesRequest;

const apply = (current: Customer, request: Request, at: number): { customer: Customer; changed: string[] } => {
  const attributes = new Map<string, Attribute>(Object.entries(current.attributes));
  const changed: string[] = [];
  for (const [name, attribute] of Object.entries(request.set)) {
    // Nobody said whether it may be mentioned, so it is used silently.
    const unsaid = attribute.sayable === journeyV1.Sayable.UNSPECIFIED;
    const next = { value: attribute.value, sayable: unsaid ? journeyV1.Sayable.USE_SILENTLY : attribute.sayable };
    const before = attributes.get(name);
    if (before?.value === next.value && before.sayable === next.sayable) continue;
    attributes.set(name, next);
    changed.push(name);
  }
  for (const name of request.delete) if (attributes.delete(name)) changed.push(name);
  if (attributes.size > MOST_ATTRIBUTES) {
    throw new Refusal('exhausted', 'TOO_MANY_ATTRIBUTES', `a customer has at most ${MOST_ATTRIBUTES} attributes`);
  }
  const displayName = request.displayName || current.displayName;
  if (displayName !== current.displayName) changed.push('display_name');
  return { customer: { ...current, attributes: Object.fromEntries(attributes), displayName, updatedAt: at }, changed };
};

/** Sets and deletes attributes of a customer, each with its sayable label. */
export const updateCustomerAttributes =
  ({ customers, clock }: Deps) =>
  async (request: Request, call: Call): Promise<journeyV1.UpdateCustomerAttributesResponse> => {
    const { tenantId } = call.caller;
    const both = request.delete.find((name) => Object.hasOwn(request.set, name));
    if (both !== undefined) throw invalidField('delete', 'not_in_set', `${both} is set and deleted at once`);
    const root = await findRoot(customers.load, tenantId, request.customerId);
    if (!root) throw noCustomer(request.customerId);
    const outcome = await customers.change(
      tenantId,
      root.id,
      (current) => {
        if (!current) throw noCustomer(request.customerId);
        const { customer, changed } = apply(current, request, clock.now());
        if (changed.length === 0) return undefined;
        return { customer, events: [{ type: 'attributesChanged', changed }] };
      },
      requestOf('UpdateCustomerAttributes', request, call),
    );
    return { customer: await present(customers, outcome.customer ?? root) };
  };
