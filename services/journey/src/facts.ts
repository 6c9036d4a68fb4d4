import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact: counts it, and logs what somebody should look at. No address enters a log. */
export const createFacts = (telemetry: Pick<Telemetry, 'log' | 'meter'>) => {
  const recorded = telemetry.meter.createCounter('throughline.journey.entries.recorded');
  const waiting = telemetry.meter.createCounter('throughline.journey.entries.waiting');
  const placed = telemetry.meter.createCounter('throughline.journey.entries.placed');
  return {
    recorded: (rows: number) => recorded.add(rows),
    waiting(events: number) {
      if (events > 0) waiting.add(events);
    },
    placed(events: number) {
      if (events > 0) placed.add(events);
    },
    settled(customers: number) {
      if (customers > 0) telemetry.log.info({ customers }, 'links left half made were completed');
    },
    roundFailed(what: string, error: unknown) {
      telemetry.log.warn({ err: error, what }, 'will be tried again');
    },
  };
};

export type Facts = ReturnType<typeof createFacts>;
