import { encodeEvent, eventId } from '@throughline/bus';
import { journeyV1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { Customer, Link, Member } from '../domain/customer';
import type { FirstSight } from '../use-cases/ports';
import { wireLink, wirePoint } from '../wire/customer';
import { customerDocId } from './customer-doc';

export const CUSTOMERS_TOPIC = 'journey.customers.v1';
export const SOURCE = 'throughline/journey';

/** The announcement of a new customer, made only of what its first event says. */
export const createdEvent = ({ tenantId, base, point, at }: FirstSight): Buffer => {
  const message = { customerId: base, contactPoint: wirePoint(point), displayName: '' };
  return encodeEvent({
    id: eventId(customerDocId(tenantId, base), 1),
    source: SOURCE,
    type: 'throughline.journey.v1.CustomerCreated',
    subject: base,
    time: at,
    recordedAt: at,
    tenantId,
    contactPoint: point,
    data: journeyV1.CustomerCreated.encode(message).finish(),
  });
};

const event = (customer: Customer, type: string, at: number, data: Uint8Array): NewEvent => ({
  type: `throughline.journey.v1.${type}`,
  subject: customer.id,
  time: new Date(at),
  recordedAt: new Date(at),
  contactPoint: customer.members[0]!.point,
  data,
});

export const linkedEvent = (customer: Customer, link: Link, points: string[]): NewEvent =>
  event(
    customer,
    'CustomersLinked',
    link.at,
    journeyV1.CustomersLinked.encode({
      customerId: customer.id,
      link: wireLink(link),
      contactPoints: points.map(wirePoint),
    }).finish(),
  );

export const unlinkedEvent = (customer: Customer, link: Link, points: string[]): NewEvent =>
  event(
    customer,
    'CustomersUnlinked',
    link.undoneAt ?? link.at,
    journeyV1.CustomersUnlinked.encode({
      customerId: customer.id,
      link: wireLink(link),
      contactPoints: points.map(wirePoint),
    }).finish(),
  );

export const pointAddedEvent = (customer: Customer, member: Member, evidence: string, at: number): NewEvent =>
  event(
    customer,
    'ContactPointAdded',
    at,
    journeyV1.ContactPointAdded.encode({
      customerId: customer.id,
      contactPoint: wirePoint(member.point),
      verified: true,
      evidence,
    }).finish(),
  );

export const attributesChangedEvent = (customer: Customer, changed: string[], at: number): NewEvent =>
  event(
    customer,
    'CustomerAttributesChanged',
    at,
    journeyV1.CustomerAttributesChanged.encode({ customerId: customer.id, changed }).finish(),
  );
