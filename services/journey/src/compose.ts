import type { CrashPoint, Producer } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId } from '@throughline/core';
import { createRounds } from '@throughline/lifecycle';
import type { Store } from '@throughline/store';
import { createAggregates } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import type { Config } from './config';
import type { Customer } from './domain/customer';
import type { Facts } from './facts';
import { identifyOnContactIdentified } from './inbound/events/identify.on-contact-identified';
import { createRecorder } from './inbound/events/record-events';
import { createRenderings } from './inbound/events/render/render';
import type { Deps } from './inbound/rpc/deps';
import { fromDoc, toDoc } from './outbound/customer-doc';
import { CUSTOMERS_TOPIC, SOURCE } from './outbound/customer-events';
import { createCustomers } from './outbound/customers';
import { createFirstSights } from './outbound/first-sights';
import { createLiveRows } from './outbound/live-rows';
import { createTimeline } from './outbound/timeline';
import { createWaitingRoom } from './outbound/waiting-room';
import { createBasesOf } from './use-cases/find-customer';
import { settleCustomers } from './use-cases/link-customers';
import type { CustomerStore } from './use-cases/ports';

export interface Wiring {
  config: Config;
  store: Store;
  producer: Producer;
  telemetry: Telemetry;
  facts: Facts;
  clock: Clock;
  crashPoint?: CrashPoint | undefined;
}

/** Puts the parts together once the database is there. */
export const compose = ({ config, store, producer, telemetry, facts, clock, crashPoint }: Wiring) => {
  const aggregates = createAggregates<Customer>({
    store,
    collection: 'customers',
    producer,
    instanceId: newId(),
    toDoc,
    fromDoc,
    topic: CUSTOMERS_TOPIC,
    source: SOURCE,
    telemetry,
    crashPoint,
  });
  // The cache of reads is told of every change this process makes.
  const forget = (tenantId: string, { id, members, leaving }: Customer): void =>
    basesOf.forget(tenantId, [
      id,
      ...members.map(({ base }) => base),
      ...(leaving?.members ?? []).map(({ base }) => base),
    ]);
  const customers: CustomerStore = createCustomers(aggregates, createFirstSights(store.db, producer), forget);
  const basesOf = createBasesOf(customers.load, clock.now, config.JOURNEY_LINKS_KEPT_MS);
  const timeline = createTimeline(store.db);
  const waitingRoom = createWaitingRoom(store.db, () => new Date(clock.now()));
  const identified = new Map([
    ['throughline.conversation.v1.ContactIdentified', identifyOnContactIdentified(customers, clock)],
  ]);
  const recorder = createRecorder({
    timeline,
    customers,
    waitingRoom,
    renderings: createRenderings(),
    pointsKept: config.JOURNEY_POINTS_KEPT,
    identified,
    facts,
  });
  const deps: Deps = { timeline, customers, basesOf, live: createLiveRows(store), clock };
  const failed = (what: string) => (error: unknown) => facts.roundFailed(what, error);
  const rounds = [
    createRounds({
      work: async () => facts.placed(await recorder.placeWaiting()),
      pauseMs: 1_000,
      failed: failed('placing waiting events'),
    }),
    createRounds({
      work: async () => facts.settled(await settleCustomers(customers)),
      pauseMs: 10_000,
      failed: failed('completing links'),
    }),
  ];
  return { aggregates, recorder, deps, rounds };
};

export type Parts = ReturnType<typeof compose>;
