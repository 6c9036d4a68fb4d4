import type { Delivery, DeliveryState } from './delivery';
import { stepTo } from './delivery';

/** What a channel or a provider says became of a message. */
export interface Report {
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'bounced' | 'complained';
  at: number;
  code: string;
  detail: string;
  providerId: string;
}

// A later state wins; an earlier one that comes late changes nothing. Nobody reads a mail that bounced, but people complain
// about what they have read.
const rank: Partial<Record<DeliveryState, number>> = {
  queued: 1,
  sending: 1,
  unknown: 1,
  sent: 2,
  delivered: 3,
  failed: 4,
  bounced: 5,
  read: 6,
  complained: 7,
};
const reported: Record<Report['state'], number> = {
  queued: 1,
  sent: 2,
  delivered: 3,
  failed: 4,
  bounced: 5,
  read: 6,
  complained: 7,
};

const FIVE = /^5(\.|\d\d$|$)/;

/** The delivery after a report, the same object when the report says nothing new. */
export const applyReport = (delivery: Delivery, report: Report): Delivery => {
  const now = rank[delivery.state];
  if (now === undefined || reported[report.state] <= now) return delivery;
  // A provider that delivered it cannot have failed to send it: the two crossed on their way.
  if (delivery.state === 'delivered' && report.state === 'failed') return delivery;
  const next = stepTo(delivery, report.state, report.at, { reason: report.code, detail: report.detail });
  return { ...next, providerId: report.providerId || delivery.providerId };
};

/** Why the address must not be written to any more after this report; undefined when it may. */
export const suppressionOf = (report: Report): 'hard_bounce' | 'complaint' | undefined => {
  if (report.state === 'complained') return 'complaint';
  return report.state === 'bounced' && FIVE.test(report.code) ? 'hard_bounce' : undefined;
};
