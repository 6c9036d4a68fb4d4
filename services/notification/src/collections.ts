import type { CrashPoint, Producer } from '@throughline/bus';
import { newId } from '@throughline/core';
import type { AggregatesOptions, Store } from '@throughline/store';
import { createAggregates } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import type { Book } from './domain/book/book';
import type { Delivery } from './domain/delivery/delivery';
import type { Incident } from './domain/incident/incident';
import type { Telling } from './domain/incident/telling';
import type { ContactPolicy } from './domain/policy/policy';
import { bookFromDoc, bookToDoc } from './outbound/book-store';
import { deliveryFromDoc, deliveryToDoc } from './outbound/delivery-store';
import { incidentFromDoc, incidentToDoc } from './outbound/incident-store';
import { policyFromDoc, policyToDoc } from './outbound/policy-store';
import { suppressionFromDoc, suppressionToDoc } from './outbound/suppression-store';
import { tellingFromDoc, tellingToDoc } from './outbound/telling-store';
import type { Versions } from './outbound/template-store';
import { versionsFromDoc, versionsToDoc } from './outbound/template-store';
import type { Suppression } from './use-cases/ports';

export interface CollectionsOptions {
  store: Store;
  producer: Producer;
  telemetry: Telemetry;
  crashPoint?: CrashPoint | undefined;
}

/** Everything this service keeps as aggregates, each in its collection. */
export const createCollections = (options: CollectionsOptions) => {
  const shared = {
    ...options,
    instanceId: newId(),
    source: 'throughline/notification',
    topic: 'notification.deliveries.v1',
  };
  const kept = <S>(collection: string, docs: Pick<AggregatesOptions<S>, 'toDoc' | 'fromDoc'>) =>
    createAggregates<S>({ ...shared, collection, ...docs });
  return {
    policies: kept<ContactPolicy>('policies', { toDoc: policyToDoc, fromDoc: policyFromDoc }),
    books: kept<Book>('books', { toDoc: bookToDoc, fromDoc: bookFromDoc }),
    deliveries: kept<Delivery>('deliveries', { toDoc: deliveryToDoc, fromDoc: deliveryFromDoc }),
    suppressions: kept<Suppression>('suppressions', { toDoc: suppressionToDoc, fromDoc: suppressionFromDoc }),
    templates: kept<Versions>('templates', { toDoc: versionsToDoc, fromDoc: versionsFromDoc }),
    incidents: kept<Incident>('incidents', { toDoc: incidentToDoc, fromDoc: incidentFromDoc }),
    tellings: kept<Telling>('tellings', { toDoc: tellingToDoc, fromDoc: tellingFromDoc }),
  };
};
