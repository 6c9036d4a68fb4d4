import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { prepareSchema } from './outbound/schema';

/** Wires the service: one door to the customer, its rules, and the calls about both. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'notification',
    config,
    overrides,
    schema: prepareSchema,
    parts({ telemetry, store, bus, sweeps, calls }) {
      const { clock, crashPoint } = overrides;
      const facts = createFacts(telemetry);
      const parts = compose({ config, store, producer: bus.producer, telemetry, facts, clock, crashPoint });
      return [
        sweeps(parts.aggregates),
        ...parts.running.map((one, i) => ({ name: `part ${i + 1}`, start: one.start, stop: one.stop })),
        calls(parts.services),
      ];
    },
  });
