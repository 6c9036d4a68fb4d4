import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact: counts it, and logs what somebody should look at. No names or words of people. */
export const createFacts = ({ log, meter }: Pick<Telemetry, 'log' | 'meter'>) => {
  const followed = meter.createCounter('throughline.sla.events.followed');
  const fired = meter.createCounter('throughline.sla.timers.fired');
  const lateness = meter.createHistogram('throughline.sla.timers.lateness', { unit: 'ms' });
  return {
    followed: (events: number) => followed.add(events),
    fired(lateMs: number[]) {
      fired.add(lateMs.length);
      for (const ms of lateMs) lateness.record(ms);
    },
    roundFailed: (what: string, error: unknown) => log.warn({ err: error, what }, 'will be tried again'),
  };
};

export type Facts = ReturnType<typeof createFacts>;
