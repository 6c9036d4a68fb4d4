import type { CrashPoint, Handle, Producer } from '@throughline/bus';
import type { Clock as Time } from '@throughline/core';
import { newId } from '@throughline/core';
import { createDatabaseTime, createShares } from '@throughline/service';
import type { Store } from '@throughline/store';
import { createAggregates, createRowAggregates } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import type { Config } from './config';
import { openingsOf } from './domain/calendar/calendar';
import type { Docket } from './domain/clock/clock';
import type { PolicyContent } from './domain/clock/policy-draft';
import type { Commitment } from './domain/promise/promise';
import type { Facts } from './facts';
import { followOnConversationEvent } from './inbound/events/follow.on-conversation-event';
import { keepOnRecoveryCase } from './inbound/events/keep.on-recovery-case';
import type { Deps } from './inbound/rpc/deps';
import type { Timers, TimersOptions } from './inbound/timers/timers';
import { createTimers } from './inbound/timers/timers';
import { createDocketStore, docketFields } from './outbound/docket-store';
import { dueIndex } from './outbound/due-index';
import { listHolidays } from './outbound/holidays';
import { createPromiseStore, promiseFromDoc, promiseToDoc } from './outbound/promise-store';
import { createRuleBooks } from './outbound/rule-books';
import { SHARDS } from './outbound/shards';
import { applyStep } from './outbound/step-text';
import { timeInText } from './outbound/times-in-text';
import type { Versions } from './outbound/versioned-store';
import { createVersionedStore, versionsFromDoc, versionsToDoc } from './outbound/versioned-store';
import { checkClocks, followConversations, prepareClocks } from './use-cases/follow-conversations';
import type { CalendarContent, DocketKey } from './use-cases/ports';
import { proposePromises } from './use-cases/propose-promises';

export interface Wiring {
  config: Config;
  store: Store;
  producer: Producer;
  telemetry: Telemetry;
  facts: Facts;
  /** Decides the time in tests; the database's time otherwise. */
  clock?: Time | undefined;
  crashPoint?: CrashPoint | undefined;
}

const keyOf = (documentId: string): DocketKey => {
  const slash = documentId.indexOf('/');
  return { tenantId: documentId.slice(0, slash), id: documentId.slice(slash + 1) };
};

/** Puts the parts together once the database is there. */
export const compose = ({ config, store, producer, telemetry, facts, clock, crashPoint }: Wiring) => {
  const instanceId = newId();
  const shared = { store, producer, instanceId, telemetry, crashPoint, source: 'throughline/sla' };
  const dockets = createRowAggregates<Docket>({
    ...shared,
    collection: 'dockets',
    topic: 'sla.clocks.v1',
    fieldsOf: docketFields,
    apply: applyStep,
  });
  const promises = createAggregates<Commitment>({
    ...shared,
    collection: 'promises',
    topic: 'sla.promises.v1',
    toDoc: promiseToDoc,
    fromDoc: promiseFromDoc,
  });
  const versions = (collection: string) =>
    createAggregates<Versions>({
      ...shared,
      collection,
      topic: 'sla.clocks.v1',
      toDoc: versionsToDoc,
      fromDoc: versionsFromDoc,
    });
  const keptCalendars = versions('calendars');
  const keptPolicies = versions('policies');

  const failed = (what: string) => (error: unknown) => facts.roundFailed(what, error);
  const time = createDatabaseTime(store, failed('reading the time of the database'));
  const now = clock ? clock.now : time.now;
  const shares = createShares({
    store,
    owner: instanceId,
    shards: SHARDS,
    leaseMs: config.SLA_LEASE_MS,
    collection: 'timer_leases',
    // Whoever had them may have been dead for a while: what is due there is due now.
    taken() {
      for (const one of Object.values(timers)) one.lookNow();
    },
    failed: failed('renewing leases'),
  });

  const timers: Record<'clocks' | 'promises', Timers> = {
    clocks: timersOf('dockets', (keys) => check(keys), {
      prepare: (ids) => prepare(ids.map(keyOf)),
      isSettling: dockets.isUnsaved,
    }),
    promises: timersOf('promises', (keys) => promiseStore.checkMany(keys, now())),
  };
  const docketStore = createDocketStore(dockets, timers.clocks.heard);
  const promiseStore = createPromiseStore(promises, timers.promises.heard);
  const calendars = createVersionedStore<CalendarContent>(store, keptCalendars, 'calendar_versions');
  const policies = createVersionedStore<PolicyContent>(store, keptPolicies, 'policy_versions');
  const books = createRuleBooks(policies, calendars, now);
  const looking = { dockets: docketStore, books, now };
  const check = checkClocks(looking);
  const prepare = prepareClocks(looking);
  const deps: Deps = {
    dockets: docketStore,
    promises: promiseStore,
    calendars,
    policies,
    books,
    holidays: listHolidays,
    now,
    newId,
    openingsOf: ({ content }) => openingsOf(content.spec),
  };

  function timersOf(
    collection: string,
    fire: (keys: DocketKey[]) => Promise<void>,
    more: Pick<TimersOptions, 'prepare' | 'isSettling'> = {},
  ): Timers {
    return createTimers({
      ...more,
      due: dueIndex(store, collection),
      shards: shares.mine,
      fire: (ids) => fire(ids.map(keyOf)),
      now,
      lookAheadMs: config.SLA_LOOK_AHEAD_MS,
      fired: facts.fired,
      failed: failed(`timers of ${collection}`),
    });
  }

  const onConversation = followOnConversationEvent(
    followConversations(looking),
    proposePromises({ dockets: docketStore, promises: promiseStore, books, timeInText, now }),
    facts,
  );
  const onCase = keepOnRecoveryCase(promiseStore);
  return {
    dockets,
    promises,
    deps,
    handle: ((deliveries, context) =>
      (deliveries[0]?.topic === 'feedback.cases.v1' ? onCase : onConversation)(deliveries, context)) as Handle,
    timers: Object.values(timers),
    time,
    shares,
  };
};

export type Parts = ReturnType<typeof compose>;
