import type { Delivery } from '../domain/delivery/delivery';
import { stepTo } from '../domain/delivery/delivery';
import type { Finding, Outcome, Patience } from '../domain/delivery/sending';
import { afterAttempt, afterLookUp, claim } from '../domain/delivery/sending';
import type { DeliveryStore, DueDelivery, Provider } from './ports';

export interface SendDeps {
  deliveries: DeliveryStore;
  provider: Provider;
  patience: Patience;
  /** Shares of the deliveries that are ours now. */
  shards(): number[];
  /** True while the share that messages to this address belong to is ours. */
  holds(point: string): boolean;
  now(): number;
  sent(kind: Outcome['kind']): void;
  reconciled(kind: Finding['kind']): void;
}

const notTried: Outcome = { kind: 'temporary', code: 'TOO_LATE', detail: 'was not tried in time' };

const BATCH = 200;
const AT_ONCE = 24;

const isProviders = ({ channel }: Pick<DueDelivery, 'channel'>): boolean => channel === 'sms' || channel === 'voice';

/** Does work for each, a few at a time. */
const each = async <T>(items: T[], work: (item: T) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
};

const byTenant = (due: DueDelivery[]): Map<string, DueDelivery[]> => {
  const groups = new Map<string, DueDelivery[]>();
  for (const one of due) groups.set(one.tenantId, [...(groups.get(one.tenantId) ?? []), one]);
  return groups;
};

/**
 * Hands messages to providers, each once. An attempt is written down before it is made, so whoever finds it unfinished
 * asks the provider what became of it. One message at a time goes to one number: what the provider lists for it is then
 * either the one we ask about or one whose id we know. All messages to a number belong to one share of the work, and the
 * share to one process, which makes sure of it once more after it has claimed them: a process that slept meanwhile sends
 * nothing, and whoever takes the share over later finds the number busy.
 */
export const sendByProvider = (deps: SendDeps) => {
  const { deliveries, provider, patience, now } = deps;

  const attempt = async (tenantId: string, ids: string[]): Promise<number> => {
    const asked = await deliveries.load(tenantId, ids);
    const numbers = new Set<string>();
    const busy = await deliveries.busyPoints(
      tenantId,
      asked.map(({ point }) => point),
    );
    const first = asked.filter(({ point }) => {
      if (busy.has(point) || numbers.has(point)) return false;
      numbers.add(point);
      return true;
    });
    // Those behind another message to the same number step back, so that they hold up nobody else's.
    const behind = asked.filter((delivery) => !first.includes(delivery)).map(({ id }) => id);
    if (behind.length > 0) {
      await deliveries.change(tenantId, behind, (delivery) =>
        delivery.state === 'queued' ? { ...delivery, dueAt: now() + 500 } : undefined,
      );
    }
    // `change` gives back those as well that it left alone: another process may be sending them.
    const own = new Map<string, number>();
    const claimed = await deliveries.change(
      tenantId,
      first.map(({ id }) => id),
      (delivery) => {
        const taken = claim(delivery, now(), patience);
        if (taken) own.set(delivery.id, taken.attempts);
        else own.delete(delivery.id);
        return taken;
      },
    );
    const mine = claimed.filter(({ id, state, attempts }) => state === 'sending' && own.get(id) === attempts);
    const outcomes = new Map<string, Outcome>();
    await each(mine, async (delivery) => {
      // A process that stood still must not send what another may have taken over meanwhile.
      const late = now() > delivery.attemptAt + patience.leaseMs / 3 || !deps.holds(delivery.point);
      const outcome: Outcome = late ? notTried : await provider.send(tenantId, delivery);
      outcomes.set(delivery.id, outcome);
      deps.sent(outcome.kind);
    });
    const attempts = new Map(mine.map(({ id, attempts: n }) => [id, n]));
    await deliveries.change(tenantId, [...outcomes.keys()], (delivery) =>
      afterAttempt(delivery, attempts.get(delivery.id)!, outcomes.get(delivery.id)!, now(), patience),
    );
    return mine.length;
  };

  const lookUp = async (tenantId: string, ids: string[]): Promise<void> => {
    const doubted = (await deliveries.load(tenantId, ids)).filter(({ state }) => state === 'unknown');
    const findings = new Map<string, Finding>();
    const given = new Set<string>();
    await each(doubted, async (delivery) => {
      const listed = await provider.list(tenantId, delivery);
      if (listed.kind === 'silent') {
        findings.set(delivery.id, listed);
        return;
      }
      const taken = await deliveries.takenSids(listed.providerIds);
      const free = listed.providerIds.find((id) => !taken.has(id) && !given.has(id));
      if (free) given.add(free);
      findings.set(delivery.id, free ? { kind: 'found', providerId: free } : { kind: 'absent' });
    });
    const attempts = new Map(doubted.map(({ id, attempts: n }) => [id, n]));
    await deliveries.change(tenantId, [...findings.keys()], (delivery) =>
      afterLookUp(delivery, attempts.get(delivery.id)!, findings.get(delivery.id)!, now(), patience),
    );
    for (const { kind } of findings.values()) deps.reconciled(kind);
  };

  const orphaned = (delivery: Delivery): Delivery | undefined => {
    if (delivery.state !== 'sending' || delivery.dueAt === undefined || delivery.dueAt > now()) return undefined;
    const detail = 'the process that sent it ended before it heard the answer';
    return stepTo(delivery, 'unknown', now(), { reason: 'OUTCOME_UNKNOWN', detail, dueAt: now() });
  };

  /** One round; true when there may be more to do at once. */
  return async (): Promise<boolean> => {
    const due = (await deliveries.due(deps.shards(), now(), BATCH, ['queued', 'sending', 'unknown'])).filter(
      isProviders,
    );
    const idsOf = (group: DueDelivery[], state: DueDelivery['state']) =>
      group.filter((one) => one.state === state).map(({ id }) => id);
    let tried = 0;
    for (const [tenantId, group] of byTenant(due)) {
      const left = idsOf(group, 'sending');
      if (left.length > 0) await deliveries.change(tenantId, left, orphaned);
      const doubted = idsOf(group, 'unknown');
      if (doubted.length > 0) await lookUp(tenantId, doubted);
      const queued = idsOf(group, 'queued');
      if (queued.length > 0) tried += await attempt(tenantId, queued);
    }
    return tried > 0 && due.length === BATCH;
  };
};
