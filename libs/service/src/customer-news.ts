import type { IncomingEvent } from '@throughline/bus';
import { pointText } from '@throughline/core';
import { journeyV1 } from '@throughline/proto';

/** What journey says about whom addresses belong to. */
export interface CustomerNews {
  customerId: string;
  /** Addresses as texts, `email:ada@example.org`, that are this customer's from now on. */
  points: string[];
  /** The customer whose history this one takes over. */
  linkedId?: string;
}

const PREFIX = 'throughline.journey.v1.';

const textsOf = (points: Parameters<typeof pointText>[0][]): string[] =>
  points.flatMap((point) => pointText(point) || []);

/** Reads an event of journey's topic of customers; undefined for events that say nothing of it. Throws for bytes or addresses that are none. */
export const readCustomerNews = ({ type, data }: Pick<IncomingEvent, 'type' | 'data'>): CustomerNews | undefined => {
  switch (type.startsWith(PREFIX) ? type.slice(PREFIX.length) : '') {
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

/** An address and the customer it belongs to since `at` (milliseconds), as recorded. */
export interface CustomerLinkFact {
  tenantId: string;
  contactPoint: string;
  customerId: string;
  at: number;
}

/** The same as one fact for each address, for those who keep which customer an address belongs to. */
export const customerLinksOf = (event: IncomingEvent): CustomerLinkFact[] | undefined => {
  const news = readCustomerNews(event);
  if (!news || news.customerId === '') return undefined;
  const { tenantId, recordedAt } = event;
  const { customerId, points } = news;
  return points.map((contactPoint) => ({ tenantId, contactPoint, customerId, at: recordedAt.getTime() }));
};
