import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact: counts it, and logs what somebody should look at. No names or words of people. */
export const createFacts = ({ log, meter }: Pick<Telemetry, 'log' | 'meter'>) => {
  const policies = meter.createCounter('throughline.notification.policies.changed');
  return {
    policyChanged(version: number) {
      policies.add(1);
      log.info({ version }, 'the contact policy changed');
    },
  };
};

export type Facts = ReturnType<typeof createFacts>;
