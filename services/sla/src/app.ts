import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { slaService } from './inbound/rpc/service';
import { prepareSchema } from './outbound/schema';

/** Wires the service: conversations in, clocks and promises kept on time, calls answered. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'sla',
    config,
    overrides,
    schema: prepareSchema,
    parts({ telemetry, store, bus, sweeps, consumes, calls }) {
      const { clock, crashPoint } = overrides;
      const facts = createFacts(telemetry);
      const parts = compose({ config, store, producer: bus.producer, telemetry, facts, clock, crashPoint });
      return [
        // Of the others only promises have events that nobody delivers again.
        sweeps([parts.promises]),
        { name: 'documents', stop: parts.dockets.stop },
        { name: 'time', start: parts.time.start, stop: parts.time.stop },
        { name: 'leases', start: parts.shares.start, stop: parts.shares.stop },
        consumes({ topics: ['conversation.conversations.v1', 'feedback.cases.v1'], handle: parts.handle }),
        {
          name: 'timers',
          start() {
            for (const timers of parts.timers) timers.start();
          },
          stop: () => Promise.all(parts.timers.map((timers) => timers.stop())),
        },
        calls([slaService(parts.deps)]),
      ];
    },
  });
