import type { Delivery, Handle } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import type { commonV1 } from '@throughline/proto';
import { journeyV1 } from '@throughline/proto';
import type { CustomerLinks } from '../../use-cases/ports';
import { pointText } from '../../wire/words';

const prefix = 'throughline.journey.v1.';

const textsOf = (points: (commonV1.ContactPoint | undefined)[]): string[] =>
  points.flatMap((point) => pointText(point) || []);

const pointsOf = ({ event: { type, data } }: Delivery): { customerId: string; points: string[] } | undefined => {
  switch (type.startsWith(prefix) ? type.slice(prefix.length) : '') {
    case 'CustomerCreated': {
      const event = journeyV1.CustomerCreated.decode(data);
      return { customerId: event.customerId, points: textsOf([event.contactPoint]) };
    }
    case 'ContactPointAdded': {
      const event = journeyV1.ContactPointAdded.decode(data);
      return { customerId: event.customerId, points: textsOf([event.contactPoint]) };
    }
    case 'CustomersLinked': {
      const event = journeyV1.CustomersLinked.decode(data);
      return {
        customerId: event.link?.survivingCustomerId || event.customerId,
        points: textsOf(event.contactPoints),
      };
    }
    case 'CustomersUnlinked': {
      const event = journeyV1.CustomersUnlinked.decode(data);
      return { customerId: event.link?.linkedCustomerId ?? '', points: textsOf(event.contactPoints) };
    }
    default:
      return undefined;
  }
};

/** Keeps which customer an address belongs to, as journey states it: one person is asked once, whatever address. */
export const followOnCustomerEvent =
  (customers: CustomerLinks): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, (delivery) => {
      const told = pointsOf(delivery);
      if (!told || told.customerId === '') return undefined;
      const { tenantId, recordedAt } = delivery.event;
      const { customerId } = told;
      return told.points.map((contactPoint) => ({ tenantId, contactPoint, customerId, at: recordedAt.getTime() }));
    });
    await customers.apply(said.flat());
    return { dead };
  };
