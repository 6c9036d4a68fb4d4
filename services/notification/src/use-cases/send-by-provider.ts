import { groupBy } from '@throughline/core';
import type { Channel } from '../domain/book/book';
import type { Delivery } from '../domain/delivery/delivery';
import { stepTo } from '../domain/delivery/delivery';
import type { Finding, Outcome, Patience } from '../domain/delivery/sending';
import { afterAttempt, afterLookUp, claim } from '../domain/delivery/sending';
import { inGroups } from './in-groups';
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
  /** Told what broke the work for a tenant; it is taken up again. */
  failed(error: unknown): void;
  /** There may be more to do for somebody now. */
  more(): void;
}

const BATCH = 200;
// Claimed together: few enough that the last of them is still begun in time when a provider takes seconds to answer.
const CLAIMED = 96;
const AT_ONCE = 32;

/** Channels of providers. */
export const direct: Channel[] = ['sms', 'voice'];

/** Does work for each, a few at a time. */
const each = async <T>(items: T[], work: (item: T) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
};

/**
 * Hands messages to providers, each once. An attempt is written down before it is made, so whoever finds it unfinished
 * asks the provider what became of it. One message at a time goes to one number: what the provider lists for it is then
 * either the one we ask about or one whose id we know. All messages to a number belong to one share of the work, and the
 * share to one process, which makes sure of it once more after it has claimed them: a process that slept meanwhile sends
 * nothing, and whoever takes the share over later finds the number busy. Each tenant has a provider of its own and is worked
 * on by itself, so nobody waits for the provider of another.
 */
export const sendByProvider = (deps: SendDeps) => {
  const { deliveries, provider, patience, now } = deps;
  const working = new Map<string, Promise<void>>();

  // What comes back while outcomes are being written is written next, together.
  const settle = inGroups(async (tenantId, made: { id: string; attempts: number; outcome: Outcome }[]) => {
    const byId = new Map(made.map((one) => [one.id, one]));
    await deliveries.change(tenantId, [...byId.keys()], (delivery) => {
      const { attempts, outcome } = byId.get(delivery.id)!;
      return afterAttempt(delivery, attempts, outcome, now(), patience);
    });
    return made.map(() => undefined);
  });

  /** Those that may go now: the first to each number to which nothing is on its way. */
  const firsts = async (tenantId: string, ids: string[]): Promise<Delivery[]> => {
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
    return first;
  };

  const attempt = async (tenantId: string, ids: string[]): Promise<void> => {
    const first = await firsts(tenantId, ids);
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
    const written: Promise<unknown>[] = [];
    let fault: unknown;
    await each(mine, async (delivery) => {
      // A process that stood still must not send what another may have taken over meanwhile.
      const late = now() > delivery.attemptAt + patience.leaseMs / 3 || !deps.holds(delivery.point);
      const outcome: Outcome = late ? { kind: 'untried' } : await provider.send(tenantId, delivery);
      deps.sent(outcome.kind);
      const { id, attempts } = delivery;
      // The next goes out meanwhile.
      written.push(
        settle(tenantId, [{ id, attempts, outcome }]).catch((error: unknown) => {
          fault ??= error;
        }),
      );
    });
    await Promise.all(written);
    if (fault !== undefined) throw fault;
  };

  const lookUp = async (tenantId: string, ids: string[]): Promise<void> => {
    const doubted = (await deliveries.load(tenantId, ids)).filter(({ state }) => state === 'unknown');
    const listed = new Map<string, Awaited<ReturnType<Provider['list']>>>();
    await each(doubted, async (delivery) => {
      listed.set(delivery.id, await provider.list(tenantId, delivery));
    });
    const sids = [...listed.values()].flatMap((list) => (list.kind === 'listed' ? list.providerIds : []));
    // One message at the provider is one of ours: those that are known belong to others, and each is given once.
    const taken = await deliveries.takenSids(sids);
    const findings = new Map<string, Finding>();
    for (const { id } of doubted) {
      const list = listed.get(id)!;
      const free = list.kind === 'listed' ? list.providerIds.find((sid) => !taken.has(sid)) : undefined;
      if (free) taken.add(free);
      const found: Finding = free ? { kind: 'found', providerId: free } : { kind: 'absent' };
      findings.set(id, list.kind === 'silent' ? list : found);
    }
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

  const attemptAll = async (tenantId: string, ids: string[]): Promise<void> => {
    for (let from = 0; from < ids.length; from += CLAIMED) await attempt(tenantId, ids.slice(from, from + CLAIMED));
  };
  const workFor = async (tenantId: string, due: DueDelivery[]): Promise<void> => {
    const idsIn = (state: DueDelivery['state']) => due.filter((one) => one.state === state).map(({ id }) => id);
    const [left, doubted, queued] = [idsIn('sending'), idsIn('unknown'), idsIn('queued')];
    if (left.length > 0) await deliveries.change(tenantId, left, orphaned);
    await Promise.all([
      doubted.length > 0 ? lookUp(tenantId, doubted) : undefined,
      queued.length > 0 ? attemptAll(tenantId, queued) : undefined,
    ]);
  };

  return {
    /** Looks for what is due and begins to work on it, tenant by tenant, those side by side. */
    async round(): Promise<void> {
      const busy = [...working.keys()];
      const due = await deliveries.due(deps.shards(), now(), BATCH, {
        states: ['queued', 'sending', 'unknown'],
        channels: direct,
        exceptTenants: busy,
      });
      for (const [tenantId, own] of groupBy(due, (one) => one.tenantId)) {
        // Only this round begins work, and it knows whom it asked about.
        const work = workFor(tenantId, own)
          .then(() => {
            working.delete(tenantId);
            deps.more();
          })
          .catch((error: unknown) => {
            working.delete(tenantId);
            deps.failed(error);
          });
        working.set(tenantId, work);
      }
    },
    /** All that was begun is done. */
    async settled(): Promise<void> {
      await Promise.all(working.values());
    },
  };
};
