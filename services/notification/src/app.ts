import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { listen } from '@throughline/web';
import { compose } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { followedTopics } from './inbound/events/follow-events';
import { prepareSchema } from './outbound/schema';
import { composeWebhooks } from './webhooks';

/** Wires the service: one door to the customer, its rules, and the calls about both. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'notification',
    config,
    overrides,
    schema: prepareSchema,
    parts({ telemetry, store, bus, sweeps, consumes, listens, calls }) {
      const { clock, crashPoint } = overrides;
      const facts = createFacts(telemetry);
      const parts = compose({ config, store, producer: bus.producer, telemetry, facts, clock, crashPoint });
      const webhooks = composeWebhooks({ config, store, bus, telemetry, clock, crashPoint });
      return [
        { name: 'calls to SLA', stop: parts.promises.stop },
        sweeps([...parts.aggregates, ...webhooks.aggregates]),
        ...parts.running,
        ...webhooks.running,
        consumes({ topics: followedTopics, handle: parts.handle }),
        listens('http', () => listen(parts.door, { port: config.HTTP_PORT })),
        calls([...parts.services, ...webhooks.services]),
      ];
    },
  });
