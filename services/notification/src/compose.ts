import type { CrashPoint, Producer } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId, systemClock } from '@throughline/core';
import { createEgress } from '@throughline/egress';
import { createRounds } from '@throughline/lifecycle';
import type { RpcService } from '@throughline/rpc';
import type { Step } from '@throughline/service';
import { createShares } from '@throughline/service';
import type { Store } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import { createCollections } from './collections';
import type { Config } from './config';
import type { Channel } from './domain/book/book';
import type { Delivery } from './domain/delivery/delivery';
import { htmlWithFooter, textWithFooter } from './domain/delivery/footer';
import type { Facts } from './facts';
import { followEvents } from './inbound/events/follow-events';
import { tellAgents } from './inbound/events/tell-agents';
import { createDoor } from './inbound/http/door';
import type { Deps } from './inbound/rpc/deps';
import { notificationService } from './inbound/rpc/service';
import { createAssignees } from './outbound/assignees';
import { createAudiences } from './outbound/audiences';
import { createBookStore } from './outbound/book-store';
import { createCustomerPoints } from './outbound/customer-points';
import { createDeliveryStore } from './outbound/delivery-store';
import { createIncidents } from './outbound/incident-store';
import { createLinks } from './outbound/links';
import { createNoticeStore } from './outbound/notice-store';
import { createPolicyStore } from './outbound/policy-store';
import { createProvider } from './outbound/provider';
import { createRenderer } from './outbound/renderer';
import { SHARDS, shardOf } from './outbound/shards';
import { createPromises } from './outbound/sla-promises';
import { createSuppressionStore } from './outbound/suppression-store';
import { createTellings } from './outbound/telling-store';
import { createTemplateStore } from './outbound/template-store';
import { zonesOfPoint } from './outbound/zones';
import { acceptNotification, refuseNotification, takeIn } from './use-cases/accept-notifications';
import type { ReportOn } from './use-cases/apply-reports';
import { applyReports } from './use-cases/apply-reports';
import { decideDeliveries } from './use-cases/decide-deliveries';
import { inGroups } from './use-cases/in-groups';
import { changeIncident, doDuties, subscribe } from './use-cases/keep-incidents';
import { lookAtDue } from './use-cases/look-at-due';
import { takeOptOut } from './use-cases/opt-out';
import { direct, sendByProvider } from './use-cases/send-by-provider';
import { startTell, stopTell, turnPages } from './use-cases/tell-customers';

export interface Wiring {
  config: Config;
  store: Store;
  producer: Producer;
  telemetry: Telemetry;
  facts: Facts;
  clock?: Clock | undefined;
  crashPoint?: CrashPoint | undefined;
}

const MINUTE = 60_000;
const MOST_TAKEN = 100;

const byAdapter = (channel: Channel): boolean => channel === 'email' || channel === 'chat';

/** What keeps and reaches things, before anything decides. */
const createPorts = ({ config, store, producer, telemetry, clock, crashPoint }: Wiring) => {
  const { now } = clock ?? systemClock;
  const accounts = config.NOTIFICATION_PROVIDERS;
  const collections = createCollections({ store, producer, telemetry, crashPoint });
  const links = createLinks(config.NOTIFICATION_SECRET, config.NOTIFICATION_PUBLIC_URL);
  const text = (tenantId: string, delivery: Delivery) =>
    textWithFooter(delivery, links.preferences(tenantId, delivery.id));
  const html = (tenantId: string, delivery: Delivery) =>
    htmlWithFooter(delivery, links.preferences(tenantId, delivery.id));
  const unsubscribeUrl = (tenantId: string, { id, messageClass }: Delivery) =>
    messageClass === 'promotional' ? links.unsubscribe(tenantId, id) : '';
  const egress = createEgress({
    trusted: accounts.map(({ url }) => url),
    deadlineMs: config.NOTIFICATION_PROVIDER_DEADLINE_MS,
  });
  const { NOTIFICATION_SLA_ADDRESS: address, CALLER_PRIVATE_KEY: privateKey } = config;
  const channels = new Set<Channel>(['email', 'chat', ...(accounts.length > 0 ? (['sms', 'voice'] as const) : [])]);
  return {
    now,
    newId,
    channels,
    links,
    collections,
    zonesOf: zonesOfPoint,
    policies: createPolicyStore(collections.policies, now),
    books: createBookStore(collections.books, now),
    points: createCustomerPoints(store),
    suppressions: createSuppressionStore(collections.suppressions, config.NOTIFICATION_SECRET, now),
    deliveries: createDeliveryStore({ aggregates: collections.deliveries, now, unsubscribeUrl, text, html, byAdapter }),
    templates: createTemplateStore(collections.templates),
    renderer: createRenderer(),
    notices: createNoticeStore(store),
    assignees: createAssignees(store),
    audiences: createAudiences(store),
    tellings: createTellings(collections.tellings),
    incidents: createIncidents(collections.incidents, now),
    promises: createPromises(address && privateKey ? { address, privateKey } : undefined),
    provider: createProvider({
      accounts,
      egress,
      callbackUrl: (tenantId, { id }) => links.callback(tenantId, id),
      text,
    }),
  };
};

/** Puts the parts together once the database is there. Another module adds its calls and what it runs to these lists. */
export const compose = (wiring: Wiring) => {
  const { config, facts, telemetry } = wiring;
  const ports = createPorts(wiring);
  const { collections, ...kept } = ports;
  // Set below: what is decided here goes out without waiting for the next look.
  let granted = (_: Delivery[]): void => {};
  const decideOnce = decideDeliveries({ ...kept, decided: facts.decided });
  const decide = inGroups(async (tenantId, ids: string[]) => {
    const decided = await decideOnce(tenantId, [...new Set(ids)]);
    granted(decided);
    const byId = new Map(decided.map((delivery) => [delivery.id, delivery]));
    return ids.map((id) => byId.get(id)!);
  });
  const accepting = { ...kept, decide };
  const accept = acceptNotification({ takeIn: inGroups(takeIn(accepting), MOST_TAKEN), decide });
  const reporting = applyReports({ ...kept, reported: facts.reported });
  const report = inGroups(async (tenantId, told: ReportOn[]) => {
    await reporting(tenantId, told);
    return told.map(() => undefined);
  });
  const optOut = takeOptOut(kept);
  const tell = startTell(accepting);
  const keeping = { ...kept, tell, stopTelling: stopTell(kept) };
  const deps: Deps = {
    ...accepting,
    accept,
    tell,
    facts,
    changeIncident: changeIncident(keeping),
    subscribe: subscribe(keeping),
  };
  const agents = tellAgents({ ...kept, told: facts.agentsTold });
  const refuse = refuseNotification(accepting);
  const handle = followEvents({ ...kept, accept, refuse, report, optOut, tell, tellAgents: agents });

  const shares = createShares({
    store: wiring.store,
    owner: newId(),
    shards: SHARDS,
    leaseMs: config.NOTIFICATION_SHARE_LEASE_MS,
    collection: 'delivery_leases',
    failed: (error) => facts.roundFailed('renewing shares of the deliveries', error),
  });
  const shards = shares.mine;
  const holds = (point: string) => shards().includes(shardOf(point));
  const patience = {
    leaseMs: config.NOTIFICATION_LEASE_MS,
    settleMs: config.NOTIFICATION_SETTLE_MS,
    doubtMs: 15 * MINUTE,
    giveUpMs: 24 * 60 * MINUTE,
  };
  const everyMs = config.NOTIFICATION_LOOK_EVERY_MS;
  const rounds = (name: string, work: () => Promise<boolean>) => {
    // At once again while there is more to do.
    const pauseMs = (more: boolean) => (more ? 0 : everyMs);
    const failed = (error: unknown) => facts.roundFailed(name, error);
    const { start, stop, wake } = createRounds({ work, pauseMs, failurePauseMs: everyMs, failed });
    return { name, start, stop, wake };
  };
  const look = lookAtDue({ ...kept, decide, shards, looked: facts.looked });
  const sending = sendByProvider({
    ...kept,
    patience,
    shards,
    holds,
    sent: facts.attempted,
    reconciled: facts.reconciled,
    failed: (error) => facts.roundFailed('sending by providers', error),
    more: () => sends.wake(),
  });
  const sends = rounds('sending by providers', async () => {
    await sending.round();
    return false;
  });
  granted = (decided) => {
    if (decided.some(({ state, channel, point }) => state === 'queued' && direct.includes(channel) && holds(point)))
      sends.wake();
  };

  const services: RpcService[] = [notificationService(deps)];
  const running: Step[] = [
    { name: 'shares of the deliveries', start: shares.start, stop: shares.stop },
    rounds('looking at what is due', look),
    {
      ...sends,
      async stop() {
        await sends.stop();
        await sending.settled();
      },
    },
    rounds('telling many', turnPages({ ...accepting })),
    rounds(
      'duties of incidents',
      doDuties(keeping, (error) => facts.roundFailed('a duty of an incident', error)),
    ),
  ];
  const authTokenOf = (tenantId: string) =>
    config.NOTIFICATION_PROVIDERS.find((account) => account.tenantId === tenantId)?.authToken;
  const door = createDoor({ ...kept, telemetry, report, optOut, authTokenOf });
  return { aggregates: Object.values(collections), services, running, handle, door, promises: ports.promises };
};
