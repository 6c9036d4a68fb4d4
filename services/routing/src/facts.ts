import type { Telemetry } from '@throughline/telemetry';

/** One function per business fact: counts it, and logs what somebody should look at. */
export const createFacts = (telemetry: Pick<Telemetry, 'log' | 'meter'>) => {
  const offers = telemetry.meter.createCounter('throughline.routing.offers.made');
  const took = telemetry.meter.createHistogram('throughline.routing.offers.duration', { unit: 'ms' });
  const taken = telemetry.meter.createCounter('throughline.routing.shards.taken');
  const lost = telemetry.meter.createCounter('throughline.routing.shards.lost');
  return {
    offered(count: number, tookMs: number) {
      offers.add(count);
      took.record(tookMs);
    },
    taken(shard: number, fence: number, documents: number, tookMs: number) {
      taken.add(1);
      telemetry.log.info({ shard, fence, documents, tookMs }, 'looks after a shard from now on');
    },
    lost(shard: number, why: string) {
      lost.add(1);
      telemetry.log.warn({ shard, why }, 'lost a shard');
    },
    failed(error: unknown) {
      telemetry.log.warn({ err: error }, 'will be tried again');
    },
  };
};

export type Facts = ReturnType<typeof createFacts>;
