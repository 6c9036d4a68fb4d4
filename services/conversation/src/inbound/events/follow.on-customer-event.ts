import type { Delivery, Handle } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import type { commonV1 } from '@throughline/proto';
import { journeyV1 } from '@throughline/proto';
import { contactPointTypeName } from '../../contract/names';
import type { CustomerLinks } from '../../use-cases/ports';

const prefix = 'throughline.journey.v1.';

const pointOf = (point: commonV1.ContactPoint | undefined): string[] =>
  point ? [`${contactPointTypeName(point.type)}:${point.value}`] : [];

const pointsOf = (delivery: Delivery): { customerId: string; points: string[] } | undefined => {
  const { type, data } = delivery.event;
  switch (type.startsWith(prefix) ? type.slice(prefix.length) : '') {
    case 'CustomerCreated': {
      const event = journeyV1.CustomerCreated.decode(data);
      return { customerId: event.customerId, points: pointOf(event.contactPoint) };
    }
    case 'ContactPointAdded': {
      const event = journeyV1.ContactPointAdded.decode(data);
      return { customerId: event.customerId, points: pointOf(event.contactPoint) };
    }
    case 'CustomersLinked': {
      const event = journeyV1.CustomersLinked.decode(data);
      return {
        customerId: event.link?.survivingCustomerId || event.customerId,
        points: event.contactPoints.flatMap(pointOf),
      };
    }
    case 'CustomersUnlinked': {
      const event = journeyV1.CustomersUnlinked.decode(data);
      return { customerId: event.link?.linkedCustomerId ?? '', points: event.contactPoints.flatMap(pointOf) };
    }
    default:
      return undefined;
  }
};

/** Keeps which customer a contact point belongs to, as journey states it. */
export const followOnCustomerEvent =
  (links: CustomerLinks): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, (delivery) => {
      const told = pointsOf(delivery);
      if (!told || told.customerId === '') return undefined;
      const { tenantId, recordedAt } = delivery.event;
      const { customerId } = told;
      return told.points.map((contactPoint) => ({ tenantId, contactPoint, customerId, at: recordedAt.getTime() }));
    });
    await links.apply(said.flat());
    return { dead };
  };
