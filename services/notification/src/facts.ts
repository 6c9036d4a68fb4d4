import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact: counts it, and logs what somebody should look at. No names or words of people. */
export const createFacts = ({ log, meter }: Pick<Telemetry, 'log' | 'meter'>) => {
  const policies = meter.createCounter('throughline.notification.policies.changed');
  const decisions = meter.createCounter('throughline.notification.deliveries.decided');
  const reports = meter.createCounter('throughline.notification.deliveries.reported');
  const looks = meter.createCounter('throughline.notification.deliveries.looked_at');
  const attempts = meter.createCounter('throughline.notification.deliveries.attempted');
  const findings = meter.createCounter('throughline.notification.deliveries.reconciled');
  const notices = meter.createCounter('throughline.notification.notices.told');
  return {
    policyChanged(version: number) {
      policies.add(1);
      log.info({ version }, 'the contact policy changed');
    },
    decided: (verdict: string, reason: string) => decisions.add(1, { verdict, reason }),
    reported: (state: string) => reports.add(1, { state }),
    looked: (deliveries: number) => looks.add(deliveries),
    attempted: (outcome: string) => attempts.add(1, { outcome }),
    reconciled: (finding: string) => findings.add(1, { finding }),
    agentsTold: (news: number) => notices.add(news),
    roundFailed: (what: string, error: unknown) => log.warn({ err: error, what }, 'will be tried again'),
  };
};

export type Facts = ReturnType<typeof createFacts>;
