import { groupBy } from '@throughline/core';
import type { Ask, Verdict } from '../domain/book/decide';
import { decide } from '../domain/book/decide';
import type { Delivery } from '../domain/delivery/delivery';
import { stepTo } from '../domain/delivery/delivery';
import { digestOf } from '../domain/delivery/digest';
import { sizeOf } from '../domain/delivery/size';
import type { BookStore, DeliveryStore, PolicyStore, Suppression, SuppressionStore } from './ports';

export interface DecideDeps {
  books: BookStore;
  deliveries: DeliveryStore;
  policies: PolicyStore;
  suppressions: SuppressionStore;
  now(): number;
  decided(verdict: Verdict['kind'], reason: string): void;
}

/** How long a channel may be silent about a message before it counts as failed. */
const SILENT_MS = 72 * 3_600_000;

export const askOf = (delivery: Delivery, suppression: Suppression | undefined): Ask => ({
  id: delivery.id,
  messageClass: delivery.messageClass,
  channel: delivery.channel,
  topic: delivery.topic,
  department: delivery.department,
  createdAt: delivery.createdAt,
  expiresAt: delivery.expiresAt,
  suppressed: suppression?.reason,
  zones: delivery.zones,
  size: sizeOf(delivery.content),
});

interface Around {
  /** Those that go out with it. */
  companions: Delivery[];
  postalAddress: string;
}

/** The delivery after a verdict. */
const settled = (
  delivery: Delivery,
  verdict: Verdict,
  { companions, postalAddress }: Around,
  now: number,
): Delivery | undefined => {
  if (delivery.state !== 'requested' && delivery.state !== 'held') return undefined;
  switch (verdict.kind) {
    case 'granted': {
      const content = companions.length > 0 ? digestOf([delivery, ...companions]) : delivery.content;
      // A provider is asked at once; an adapter was told in this same write and reports in time.
      const direct = delivery.channel === 'sms' || delivery.channel === 'voice';
      const queued = stepTo(delivery, 'queued', now, { dueAt: direct ? now : now + SILENT_MS });
      // One secret among several makes the whole one.
      const confidential = delivery.confidential || companions.some((one) => one.confidential);
      const together = companions.map(({ id }) => id);
      const letter = delivery.messageClass === 'promotional' && delivery.channel === 'email';
      return { ...queued, content, confidential, together, ...(letter ? { postalAddress } : {}) };
    }
    case 'joined':
      return { ...stepTo(delivery, 'digested', now), joined: verdict.into };
    case 'held': {
      const { reason, detail, until } = verdict;
      if (delivery.state === 'held' && delivery.reason === reason) return { ...delivery, dueAt: until };
      return stepTo(delivery, 'held', now, { reason, detail, dueAt: until });
    }
    case 'refused':
      return stepTo(delivery, 'refused', now, { reason: verdict.reason, detail: verdict.detail });
  }
};

/**
 * Decides about deliveries that ask or wait. First the books say who may go, in one write per customer; then the
 * deliveries are written. Whoever dies in between leaves deliveries that ask again and get the same answer. Gives all of
 * them as they are afterwards.
 */
export const decideDeliveries =
  (deps: DecideDeps) =>
  async (tenantId: string, ids: string[]): Promise<Delivery[]> => {
    const { books, deliveries, policies, suppressions } = deps;
    const loaded = await deliveries.load(tenantId, ids);
    const open = loaded.filter(({ state }) => state === 'requested' || state === 'held');
    if (open.length === 0) return loaded;
    const now = deps.now();
    const [policy, listed] = await Promise.all([
      policies.of(tenantId),
      suppressions.of(tenantId, [...new Set(open.map(({ point }) => point))]),
    ]);
    const ordered = [...open].sort((a, b) => a.createdAt - b.createdAt);
    const groups = groupBy(ordered, ({ customerId }) => customerId);
    const verdicts = new Map<string, Verdict>();
    await books.changeMany(tenantId, [...groups.keys()], (customerId, before) => {
      let book = before;
      for (const delivery of groups.get(customerId)!) {
        const decided = decide(book, askOf(delivery, listed.get(delivery.point)), policy, now);
        verdicts.set(delivery.id, decided.verdict);
        book = decided.book;
      }
      return { book, told: [] };
    });
    const together = [...verdicts.values()].flatMap((verdict) => (verdict.kind === 'granted' ? verdict.together : []));
    const along = new Map((await deliveries.load(tenantId, together)).map((delivery) => [delivery.id, delivery]));
    const companionsOf = (verdict: Verdict): Delivery[] =>
      verdict.kind === 'granted' ? verdict.together.flatMap((id) => along.get(id) ?? []) : [];
    const written = await deliveries.change(
      tenantId,
      open.map(({ id }) => id),
      (delivery) => {
        const verdict = verdicts.get(delivery.id)!;
        const { postalAddress } = policy;
        return settled(delivery, verdict, { companions: companionsOf(verdict), postalAddress }, now);
      },
    );
    const joined = new Map(
      [...verdicts].flatMap(([into, verdict]) => companionsOf(verdict).map(({ id }) => [id, into] as const)),
    );
    if (joined.size > 0) {
      await deliveries.change(tenantId, [...joined.keys()], (delivery) =>
        settled(
          delivery,
          { kind: 'joined', into: joined.get(delivery.id)! },
          { companions: [], postalAddress: '' },
          now,
        ),
      );
    }
    for (const verdict of verdicts.values()) deps.decided(verdict.kind, 'reason' in verdict ? verdict.reason : '');
    const after = new Map(written.map((delivery) => [delivery.id, delivery]));
    return loaded.map((delivery) => after.get(delivery.id) ?? delivery);
  };
