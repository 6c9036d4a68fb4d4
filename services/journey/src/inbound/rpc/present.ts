import { contactPointText, invalidField, isRefusal, parseContactPoint, Refusal } from '@throughline/core';
import type { journeyV1 } from '@throughline/proto';
import { commonV1 } from '@throughline/proto';
import type { ActorRef, Customer } from '../../domain/customer';
import type { CustomerStore } from '../../use-cases/ports';
import { pointTypeName, wirePoint } from '../../wire/customer';

/** Canonical text of a contact point as a caller wrote it; refuses one that is none, naming the field. */
export const pointText = (point: commonV1.ContactPoint, field: string): string => {
  try {
    return contactPointText(parseContactPoint(pointTypeName(point.type), point.value));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [first] = error.violations;
    throw invalidField(`${field}.value`, first?.rule ?? 'format', first?.description ?? error.message);
  }
};

/** Canonical text given as text. */
export const canonicalText = (text: string, field: string): string => {
  const colon = text.indexOf(':');
  try {
    return contactPointText(parseContactPoint(text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw invalidField(field, 'format', 'expected canonical text such as email:ada@example.org');
  }
};

/** Who acts: as the request says, else the caller. */
export const actorOf = (actor: commonV1.Actor | undefined, subject: string): ActorRef =>
  actor && actor.kind !== commonV1.ActorKind.UNSPECIFIED
    ? { kind: actor.kind, id: actor.id, displayName: actor.displayName }
    : { kind: commonV1.ActorKind.INTEGRATION, id: subject, displayName: '' };

/** A name for a person who has none of their own: that of somebody linked with them. Names stay where they were given. */
const nameOf = async (store: CustomerStore, customer: Customer): Promise<string> => {
  if (customer.displayName || customer.members.length < 2) return customer.displayName;
  const others = await store.loadMany(
    customer.tenantId,
    customer.members.slice(1).map((member) => member.base),
  );
  return others.find((other) => other.displayName)?.displayName ?? '';
};

/** A customer as a message. */
export const present = async (store: CustomerStore, customer: Customer): Promise<journeyV1.Customer> => ({
  id: customer.id,
  displayName: await nameOf(store, customer),
  contactPoints: customer.members.map((member) => ({
    contactPoint: wirePoint(member.point),
    verified: member.verified,
    shared: member.shared,
    firstSeenAt: new Date(member.firstSeenAt),
  })),
  attributes: Object.fromEntries(
    Object.entries(customer.attributes).map(([name, { value, sayable }]) => [
      name,
      { value, sayable: sayable as journeyV1.Sayable },
    ]),
  ),
  linkedCustomerIds: customer.members.slice(1).map((member) => member.base),
  createdAt: new Date(customer.createdAt),
  updatedAt: new Date(customer.updatedAt),
});

export const blockedPoint = (point: string): Refusal =>
  new Refusal('precondition', 'CONTACT_POINT_BLOCKED', 'none of the contact points may say who somebody is', {
    violations: [{ field: 'contact_points', rule: 'blocked_value', description: `${point} stands for nobody` }],
  });
