import type { Telemetry } from '@throughline/telemetry';

/** One function per fact about webhooks: counts it, and logs what somebody should look at. No addresses, no bodies. */
export const createWebhookFacts = ({ log, meter }: Pick<Telemetry, 'log' | 'meter'>) => {
  const queued = meter.createCounter('throughline.notification.webhooks.queued');
  const attempts = meter.createCounter('throughline.notification.webhooks.attempted');
  const duration = meter.createHistogram('throughline.notification.webhooks.duration', { unit: 'ms' });
  return {
    queued: (n: number) => queued.add(n),
    delivered({ tookMs }: { tookMs: number }) {
      attempts.add(1, { outcome: 'delivered' });
      duration.record(tookMs);
    },
    failed({ status, reason, tookMs }: { status: number; reason: string; tookMs: number }) {
      attempts.add(1, { outcome: status === 0 ? reason : `${Math.floor(status / 100)}xx` });
      duration.record(tookMs);
    },
    roundFailed: (what: string, error: unknown) => log.warn({ err: error, what }, 'will be tried again'),
  };
};
