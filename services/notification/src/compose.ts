import type { Bus, Consumer, CrashPoint, Handle } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId, systemClock } from '@throughline/core';
import type { RpcService } from '@throughline/rpc';
import type { AggregatesOptions, Store } from '@throughline/store';
import { createAggregates, parkedKeys } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import type { Config } from './config';
import type { Book, Channel } from './domain/book/book';
import type { Delivery } from './domain/delivery/delivery';
import type { ContactPolicy } from './domain/policy/policy';
import type { Facts } from './facts';
import { followEvents } from './inbound/events/follow-events';
import type { Deps } from './inbound/rpc/deps';
import { notificationService } from './inbound/rpc/service';
import { createRounds } from './inbound/timers/rounds';
import { bookFromDoc, bookToDoc, createBookStore } from './outbound/book-store';
import { createCustomerPoints } from './outbound/customer-points';
import { createDeliveryStore, deliveryFromDoc, deliveryToDoc } from './outbound/delivery-store';
import { createPolicyStore, policyFromDoc, policyToDoc } from './outbound/policy-store';
import { createRenderer } from './outbound/renderer';
import { SHARDS } from './outbound/shards';
import { createSuppressionStore, suppressionFromDoc, suppressionToDoc } from './outbound/suppression-store';
import type { Versions } from './outbound/template-store';
import { createTemplateStore, versionsFromDoc, versionsToDoc } from './outbound/template-store';
import { zonesOfPoint } from './outbound/zones';
import { acceptNotification } from './use-cases/accept-notifications';
import { applyReports } from './use-cases/apply-reports';
import { decideDeliveries } from './use-cases/decide-deliveries';
import { inBatches } from './use-cases/in-batches';
import { lookAtDue } from './use-cases/look-at-due';
import { takeOptOut } from './use-cases/opt-out';
import type { Suppression } from './use-cases/ports';

export interface Wiring {
  config: Config;
  store: Store;
  bus: Bus;
  telemetry: Telemetry;
  facts: Facts;
  clock?: Clock | undefined;
  crashPoint?: CrashPoint | undefined;
}

/** Something that runs beside the calls: a round of timers, a consumer, a sweeper. */
export interface Running {
  start(): Promise<unknown> | unknown;
  stop(): Promise<unknown> | unknown;
}

const group = 'notification';

const createCollections = ({ store, bus, telemetry, crashPoint }: Wiring) => {
  const instanceId = newId();
  const collection = <S>(name: string, docs: Pick<AggregatesOptions<S>, 'toDoc' | 'fromDoc'>) =>
    createAggregates<S>({
      store,
      producer: bus.producer,
      telemetry,
      crashPoint,
      instanceId,
      source: 'throughline/notification',
      collection: name,
      topic: 'notification.deliveries.v1',
      ...docs,
    });
  return {
    policies: collection<ContactPolicy>('policies', { toDoc: policyToDoc, fromDoc: policyFromDoc }),
    books: collection<Book>('books', { toDoc: bookToDoc, fromDoc: bookFromDoc }),
    deliveries: collection<Delivery>('deliveries', { toDoc: deliveryToDoc, fromDoc: deliveryFromDoc }),
    suppressions: collection<Suppression>('suppressions', { toDoc: suppressionToDoc, fromDoc: suppressionFromDoc }),
    templates: collection<Versions>('templates', { toDoc: versionsToDoc, fromDoc: versionsFromDoc }),
  };
};

const consuming = (bus: Bus, topics: string[], handle: Handle, store: Store): Running => {
  let consumer: Consumer | undefined;
  return {
    start() {
      consumer = bus.consume({ group, topics, handle, deadLetters: parkedKeys(store, group) });
    },
    stop: () => consumer?.stop(),
  };
};

/** Puts the parts together once the database is there. Another module adds its calls and what it runs to these lists. */
export const compose = (wiring: Wiring) => {
  const { config, store, bus, facts } = wiring;
  const { now } = wiring.clock ?? systemClock;
  const collections = createCollections(wiring);
  const channels: ReadonlySet<Channel> = new Set<Channel>(['email', 'chat']);

  const policies = createPolicyStore(collections.policies, now);
  const books = createBookStore(collections.books, now);
  const points = createCustomerPoints(store);
  const suppressions = createSuppressionStore(collections.suppressions, config.NOTIFICATION_SECRET, now);
  const deliveries = createDeliveryStore({
    aggregates: collections.deliveries,
    now,
    unsubscribeUrl: () => '',
    byAdapter: (channel) => channel === 'email' || channel === 'chat',
  });
  const decide = inBatches(
    decideDeliveries({ books, deliveries, policies, suppressions, now, decided: facts.decided }),
  );
  const accepting = {
    books,
    deliveries,
    points,
    channels,
    decide,
    now,
    newId,
    zonesOf: zonesOfPoint,
    templates: createTemplateStore(collections.templates),
    renderer: createRenderer(),
  };
  const accept = acceptNotification(accepting);
  const deps: Deps = { ...accepting, policies, suppressions, accept, facts };
  const handle = followEvents({
    books,
    points,
    accept,
    now,
    report: applyReports({ deliveries, suppressions, reported: facts.reported }),
    optOut: takeOptOut({ books, suppressions, now }),
  });
  // Looking twice at the same delivery does no harm: what it becomes is decided by the documents and their versions.
  const shards = Array.from({ length: SHARDS }, (_, i) => i);
  const look = lookAtDue({ deliveries, decide, shards: () => shards, now, looked: facts.looked });

  const services: RpcService[] = [notificationService(deps)];
  const running: Running[] = [
    createRounds(look, config.NOTIFICATION_LOOK_EVERY_MS, (error) =>
      facts.roundFailed('looking at what is due', error),
    ),
    consuming(bus, ['channel.inbound.v1', 'journey.customers.v1', 'sla.promises.v1'], handle, store),
  ];
  return { aggregates: Object.values(collections), services, running };
};

export type Parts = ReturnType<typeof compose>;
