import type { CrashPoint, Producer } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId, systemClock } from '@throughline/core';
import type { RpcService } from '@throughline/rpc';
import type { Store } from '@throughline/store';
import { createAggregates } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import type { Config } from './config';
import type { ContactPolicy } from './domain/policy/policy';
import type { Facts } from './facts';
import type { Deps } from './inbound/rpc/deps';
import { notificationService } from './inbound/rpc/service';
import { createPolicyStore, policyFromDoc, policyToDoc } from './outbound/policy-store';

export interface Wiring {
  config: Config;
  store: Store;
  producer: Producer;
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

/** Puts the parts together once the database is there. Another module adds its calls and what it runs to these lists. */
export const compose = ({ store, producer, telemetry, facts, clock, crashPoint }: Wiring) => {
  const { now } = clock ?? systemClock;
  const policies = createAggregates<ContactPolicy>({
    store,
    producer,
    telemetry,
    crashPoint,
    instanceId: newId(),
    source: 'throughline/notification',
    collection: 'policies',
    topic: 'notification.deliveries.v1',
    toDoc: policyToDoc,
    fromDoc: policyFromDoc,
  });
  const aggregates = [policies];
  const deps: Deps = { policies: createPolicyStore(policies, now), facts, now };

  const services: RpcService[] = [notificationService(deps)];
  const running: Running[] = [];
  return { aggregates, services, running };
};

export type Parts = ReturnType<typeof compose>;
