import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { decodeSpans } from './inbound/events/span-event';
import { journeyService } from './inbound/rpc/service';
import { prepareSchema } from './outbound/schema';

/** Wires the service: every topic in, one timeline per customer, calls answered. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'journey',
    config,
    overrides,
    schema: prepareSchema,
    parts({ telemetry, store, bus, sweeps, consumes, calls }) {
      const { clock = systemClock, crashPoint } = overrides;
      const facts = createFacts(telemetry);
      const parts = compose({ config, store, producer: bus.producer, telemetry, facts, clock, crashPoint });
      return [
        sweeps([parts.aggregates]),
        consumes({ topics: config.JOURNEY_TOPICS, handle: parts.recorder.handle, decode: decodeSpans }),
        {
          name: 'rounds',
          start() {
            for (const round of parts.rounds) round.start();
          },
          stop: () => Promise.all(parts.rounds.map((round) => round.stop())),
        },
        calls([journeyService(parts.deps)]),
      ];
    },
  });
