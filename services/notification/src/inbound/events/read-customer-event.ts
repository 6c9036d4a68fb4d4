import type { IncomingEvent } from '@throughline/bus';
import type { commonV1 } from '@throughline/proto';
import { journeyV1 } from '@throughline/proto';
import { pointText } from '../../wire/points';

const prefix = 'throughline.journey.v1.';

export interface CustomerNews {
  customerId: string;
  points: string[];
  /** The customer whose history this one takes over. */
  linkedId?: string;
}

const textsOf = (points: (commonV1.ContactPoint | undefined)[]): string[] =>
  points.flatMap((point) => (point ? [pointText(point)] : []));

/** What journey says about whom an address belongs to; nothing for other events. */
export const readCustomerEvent = ({ type, data }: IncomingEvent): CustomerNews | undefined => {
  switch (type.startsWith(prefix) ? type.slice(prefix.length) : '') {
    case 'CustomerCreated': {
      const { customerId, contactPoint } = journeyV1.CustomerCreated.decode(data);
      return { customerId, points: textsOf([contactPoint]) };
    }
    case 'ContactPointAdded': {
      const { customerId, contactPoint } = journeyV1.ContactPointAdded.decode(data);
      return { customerId, points: textsOf([contactPoint]) };
    }
    case 'CustomersLinked': {
      const { customerId, link, contactPoints } = journeyV1.CustomersLinked.decode(data);
      const surviving = link?.survivingCustomerId || customerId;
      return { customerId: surviving, points: textsOf(contactPoints), linkedId: link?.linkedCustomerId ?? '' };
    }
    case 'CustomersUnlinked': {
      const { link, contactPoints } = journeyV1.CustomersUnlinked.decode(data);
      return { customerId: link?.linkedCustomerId ?? '', points: textsOf(contactPoints) };
    }
    default:
      return undefined;
  }
};
