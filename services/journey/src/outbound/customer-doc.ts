import type { mongo } from 'mongoose';
import { isSharedByName } from '../domain/contact';
import type { Attribute, Customer, Link, Member } from '../domain/customer';
import { newCustomer } from '../domain/customer';
import type { FirstSight } from '../use-cases/ports';

/** Document id of a customer. The tenant is part of it: another tenant's id finds nothing. */
export const customerDocId = (tenantId: string, id: string): string => `${tenantId}/${id}`;

/** What is written at first sight of a contact point: most customers never become more than this. */
export const firstDoc = ({ tenantId, base, point, at }: FirstSight, seq: 0 | 1): mongo.Document & { _id: string } => ({
  _id: customerDocId(tenantId, base),
  tenantId,
  version: 1,
  seq,
  outbox: [],
  outboxBy: '',
  point,
  createdAt: at,
});

type Fields = mongo.Document & { _id: string; tenantId: string; point: string; createdAt: Date };

/** A customer as document fields. What has its default is left out. */
export const toDoc = (customer: Customer): mongo.Document => {
  const own = customer.members[0]!;
  const alone = customer.members.length === 1 && !own.verified && own.shared === isSharedByName(own.point);
  return {
    point: own.point,
    createdAt: new Date(customer.createdAt),
    ...(customer.updatedAt === customer.createdAt ? {} : { updatedAt: new Date(customer.updatedAt) }),
    ...(customer.displayName ? { displayName: customer.displayName } : {}),
    ...(Object.keys(customer.attributes).length > 0
      ? { attributes: Object.entries(customer.attributes).map(([name, attribute]) => ({ name, ...attribute })) }
      : {}),
    ...(alone ? {} : { members: customer.members }),
    ...(customer.links.length > 0 ? { links: customer.links } : {}),
    ...(customer.demotions > 0 ? { demotions: customer.demotions } : {}),
    ...(customer.mergedInto ? { mergedInto: customer.mergedInto } : {}),
    ...(customer.joining ? { joining: customer.joining, unsettled: true } : {}),
    ...(customer.leftAt ? { leftAt: customer.leftAt } : {}),
    ...(customer.leaving ? { leaving: customer.leaving, unsettled: true } : {}),
  };
};

export const fromDoc = (doc: mongo.Document): Customer => {
  const { _id, tenantId, point, createdAt, ...rest } = doc as Fields;
  const id = _id.slice(tenantId.length + 1);
  const base = newCustomer({ id, tenantId, point, shared: isSharedByName(point), at: createdAt.getTime() });
  const attributes = (rest['attributes'] ?? []) as ({ name: string } & Attribute)[];
  return {
    ...base,
    updatedAt: ((rest['updatedAt'] as Date | undefined) ?? createdAt).getTime(),
    displayName: (rest['displayName'] as string | undefined) ?? '',
    attributes: Object.fromEntries(attributes.map(({ name, value, sayable }) => [name, { value, sayable }])),
    members: (rest['members'] as Member[] | undefined) ?? base.members,
    links: (rest['links'] as Link[] | undefined) ?? [],
    demotions: (rest['demotions'] as number | undefined) ?? 0,
    mergedInto: rest['mergedInto'] as string | undefined,
    joining: rest['joining'] as Link | undefined,
    leaving: rest['leaving'] as Customer['leaving'],
    leftAt: rest['leftAt'] as number | undefined,
  };
};
