import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { createIntake } from '@throughline/telemetry';
import { createWebApp, listen, rawBody } from '@throughline/web';
import type { Config } from './config';
import { createFacts } from './facts';
import { controlCalls } from './inbound/events/control-call.on-call-control-requested';
import { receiveWebhook, stepUrl } from './inbound/http/receive-webhook';
import { createCommandLog } from './outbound/command-log';
import { createInbox } from './outbound/inbox';
import { createProvider } from './outbound/provider';
import { createQuestions, prepareSchema } from './outbound/questions';

/** Wires the service: signed webhooks in, call commands out. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'channel-voice',
    config,
    overrides,
    // Longer, and the sender of a webhook has given up before it is told to come again.
    publishTimeoutMs: 8_000,
    schema: prepareSchema,
    parts({ telemetry, store, bus, consumes, listens }) {
      const { now } = overrides.clock ?? systemClock;
      const facts = createFacts(telemetry);
      const accounts = config.VOICE_ACCOUNTS;
      const inbox = createInbox(bus, now, createIntake(telemetry, 'voice'));
      const questions = createQuestions(store, now);
      const webhook = receiveWebhook({ accounts, inbox, questions, facts, now });
      const web = createWebApp({
        telemetry,
        routes: (app) => void app.post('/voice/:account/:step', rawBody(), webhook),
      });
      const provider = createProvider(accounts);
      const afterUrl = (tenantId: string) => {
        const account = accounts.find((one) => one.tenantId === tenantId && one.providerUrl);
        return account ? stepUrl(account, 'after') : '';
      };
      const log = createCommandLog(store);
      const handle = controlCalls({ log, provider, questions, afterUrl, inbox, facts, now });
      return [
        consumes({ topics: ['channel.outbound.v1'], handle }),
        listens('http', () => listen(web, { port: config.HTTP_PORT })),
      ];
    },
  });
