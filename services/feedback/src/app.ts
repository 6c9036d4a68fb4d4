import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { createWebApp, listen } from '@throughline/web';
import { compose, topics } from './compose';
import type { Config } from './config';
import { createFacts } from './facts';
import { mountSurveyPage } from './inbound/http/survey-page';
import { empowermentService } from './inbound/rpc/empowerment/service';
import { qualityService } from './inbound/rpc/quality/service';
import { recoveryService } from './inbound/rpc/recovery/service';
import { feedbackService } from './inbound/rpc/service';
import { prepareSchema } from './outbound/schema';

/** Wires the service: conversations in, questions out at their time, answers taken on a page and by calls. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'feedback',
    config,
    overrides,
    schema: prepareSchema,
    parts({ telemetry, store, bus, sweeps, consumes, calls, listens }) {
      const { clock, crashPoint } = overrides;
      const facts = createFacts(telemetry);
      const parts = compose({ config, store, producer: bus.producer, telemetry, facts, clock, crashPoint });
      const web = createWebApp({ telemetry, routes: (app) => mountSurveyPage(app, parts.deps) });
      return [
        sweeps(parts.aggregates),
        { name: 'time', start: parts.time.start, stop: parts.time.stop },
        { name: 'leases', start: parts.shares.start, stop: parts.shares.stop },
        { name: 'counting', ...parts.counting },
        consumes({ topics, handle: parts.handle }),
        { name: 'asking', ...parts.asking },
        { name: 'approving', ...parts.approving },
        calls([
          feedbackService(parts.deps),
          recoveryService(parts.deps),
          empowermentService(parts.deps),
          qualityService(parts.deps),
        ]),
        listens('http', () => listen(web, { port: config.HTTP_PORT })),
      ];
    },
  });
