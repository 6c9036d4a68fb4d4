import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { createIntake } from '@throughline/telemetry';
import { createWebApp, listen } from '@throughline/web';
import type { Config } from './config';
import { createFacts } from './facts';
import { storeMessages } from './inbound/events/store-message.on-message-send-requested';
import { mountPages } from './inbound/http/pages';
import { createChatSockets } from './inbound/socket/chat-sockets';
import { createInbox } from './outbound/inbox';
import { createMailbox, prepareSchema } from './outbound/mailbox';
import { createVisitorTokens } from './outbound/visitor-tokens';

/** Wires the service: visitors' sockets on one side, the core's topics on the other. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'channel-chat',
    config,
    overrides,
    // How long a message waits for Kafka before its sender is told to send it again.
    publishTimeoutMs: 10_000,
    schema: prepareSchema,
    parts({ telemetry, store, bus, consumes, listens }) {
      const { now } = overrides.clock ?? systemClock;
      const tokens = createVisitorTokens(config.CHAT_SECRETS);
      const mailbox = createMailbox(store);
      const sockets = createChatSockets({
        inbox: createInbox(bus, now, createIntake(telemetry, 'chat')),
        mailbox,
        facts: createFacts(telemetry),
        now,
        tokens,
        messagesPerSecond: config.CHAT_MESSAGES_PER_SECOND,
        maxSockets: config.CHAT_MAX_SOCKETS,
      });
      const web = createWebApp({
        telemetry,
        routes: (app) => mountPages(app, { tokens, anonymous: config.CHAT_ANONYMOUS, now }),
      });
      let stopFeed = async (): Promise<void> => {};
      return [
        {
          name: 'feed',
          async start() {
            stopFeed = await mailbox.watch(sockets.deliver);
          },
          stop: () => stopFeed(),
        },
        consumes({ topics: ['channel.outbound.v1'], handle: storeMessages(mailbox) }),
        listens('http', async () => {
          const { port, server, stop } = await listen(web, { port: config.HTTP_PORT });
          sockets.attach(server);
          return {
            port,
            async stop() {
              sockets.stop();
              await stop();
            },
          };
        }),
      ];
    },
  });
