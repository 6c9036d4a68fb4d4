import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { routingService } from './inbound/rpc/service';
import { prepareSchema } from './outbound/schema';

/** Wires the service: conversation events and calls in, decisions made in memory, rows written, events out. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'routing',
    config,
    overrides,
    schema: prepareSchema,
    parts({ telemetry, store, bus, consumes, calls }) {
      const { clock = systemClock } = overrides;
      const parts = compose({ config, store, producer: bus.producer, facts: createFacts(telemetry), clock });
      return [
        { name: 'shards', start: parts.start, stop: parts.stop },
        consumes({
          topics: Object.keys(parts.handles),
          handle: (deliveries, context) => parts.handles[deliveries[0]!.topic]!(deliveries, context),
        }),
        calls([routingService(parts.deps)]),
      ];
    },
  });
