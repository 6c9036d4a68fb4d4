import { systemClock } from '@throughline/core';
import type { App } from '@throughline/lifecycle';
import type { ServiceOverrides } from '@throughline/service';
import { createService } from '@throughline/service';
import { createIntake } from '@throughline/telemetry';
import type { Config } from './config';
import { domainOf, keyFor } from './domain/signing';
import { createFacts } from './facts';
import { acceptSends } from './inbound/events/accept-send.on-message-send-requested';
import { readRequest } from './inbound/events/read-request';
import { createSmtpServer } from './inbound/smtp/smtp-server';
import { createSendRounds } from './inbound/timers/send-rounds';
import { createInbox } from './outbound/inbox';
import { createFileStore } from './outbound/mongo/file-store';
import { prepareSchema } from './outbound/mongo/schema';
import { createSendStore } from './outbound/mongo/send-store';
import { createParserPool } from './outbound/parser/parser-pool';
import { createRelay } from './outbound/relay';
import { createSigner } from './outbound/signer';
import { createReceiveMail } from './use-cases/receive-mail';
import { createSendMail } from './use-cases/send-mail';

const smtpSettings = (config: Config) => ({
  host: config.SMTP_HOST,
  port: config.SMTP_PORT,
  name: config.SMTP_NAME,
  mailboxes: config.EMAIL_MAILBOXES,
  maxBytes: config.EMAIL_MAX_BYTES,
  maxBytesInFlight: config.EMAIL_MAX_BYTES_IN_FLIGHT,
  maxConnections: config.EMAIL_MAX_CONNECTIONS,
  maxConnectionsPerClient: config.EMAIL_MAX_CONNECTIONS_PER_CLIENT,
  maxMailsPerMinute: config.EMAIL_MAX_MAILS_PER_MINUTE_PER_CLIENT,
  maxRecipients: config.EMAIL_MAX_RECIPIENTS,
  trustedPeers: config.EMAIL_TRUSTED_RELAYS,
  tls:
    config.TLS_CERT_FILE && config.TLS_KEY_FILE
      ? { certFile: config.TLS_CERT_FILE, keyFile: config.TLS_KEY_FILE }
      : undefined,
});

const parserOf = (config: Config) =>
  createParserPool({
    size: config.EMAIL_PARSERS,
    timeoutMs: config.EMAIL_PARSE_TIMEOUT_MS,
    idleMs: 30_000,
    maxQueue: 200,
  });

/** Wires the service: what comes in over SMTP, what goes out over SMTP, and the rounds between. */
export const buildApp = (config: Config, overrides: ServiceOverrides = {}): App =>
  createService({
    name: 'channel-email',
    config,
    overrides,
    // How long a mail waits for Kafka before its sender is told to come again.
    publishTimeoutMs: 15_000,
    schema: prepareSchema,
    parts({ telemetry, store, bus, consumes, listens }) {
      const clock = overrides.clock ?? systemClock;
      const facts = createFacts(telemetry);
      const mailboxes = config.EMAIL_MAILBOXES;
      for (const domain of new Set(mailboxes.map(({ address }) => domainOf(address)))) {
        facts.signing(domain, keyFor(config.EMAIL_DKIM_KEYS, domain));
      }
      const parser = parserOf(config);
      const relay = createRelay(config.SMTP_RELAY_URL, {
        timeoutMs: config.EMAIL_SEND_TIMEOUT_MS,
        sign: createSigner(config.EMAIL_DKIM_KEYS),
      });
      const files = createFileStore(store);
      const sends = createSendStore(store);
      const inbox = createInbox(bus, clock.now);
      const receive = createReceiveMail(
        { parser, files, sends, inbox },
        { mailboxes, trustedHost: config.EMAIL_TRUSTED_HOST },
      );
      const sendMail = createSendMail(
        { sends, relay, files, inbox, clock, readRequest, onSettled: facts.sendSettled },
        { mailboxes, leaseMs: config.EMAIL_SEND_TIMEOUT_MS * 5 },
      );
      const rounds = createSendRounds(sendMail, { lanes: config.EMAIL_SEND_CONNECTIONS, facts });
      const handle = acceptSends({ mailboxes, sends, now: clock.now, onAccepted: rounds.wake });
      const intake = createIntake(telemetry, 'email');
      const smtp = createSmtpServer({
        ...smtpSettings(config),
        receive: (raw, envelope) => intake('mail', () => receive(raw, envelope)),
        facts,
        now: clock.now,
      });
      return [
        { name: 'parser', stop: parser.stop },
        { name: 'rounds', start: rounds.start, stop: rounds.stop },
        consumes({ topics: ['channel.outbound.v1'], handle }),
        listens('smtp', async () => ({ port: await smtp.start(), stop: smtp.stop })),
      ];
    },
  });
