import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact: counts it, and logs what somebody should look at. No names or words of people. */
export const createFacts = ({ log, meter }: Pick<Telemetry, 'log' | 'meter'>) => {
  const followed = meter.createCounter('throughline.feedback.events.followed');
  const decided = meter.createCounter('throughline.feedback.asks.decided');
  const counted = meter.createCounter('throughline.feedback.documents.counted');
  return {
    followed: (events: number) => followed.add(events),
    decided: (asks: number) => decided.add(asks),
    counted: (documents: number) => counted.add(documents),
    roundFailed: (what: string, error: unknown) => log.warn({ err: error, what }, 'will be tried again'),
  };
};

export type Facts = ReturnType<typeof createFacts>;
