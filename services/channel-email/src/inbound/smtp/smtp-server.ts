import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { SMTPServer } from 'smtp-server';
import { mailboxFor } from '../../domain/addresses';
import type { Envelope, Mailbox } from '../../domain/mail';
import type { Facts } from '../../facts';
import type { Receipt } from '../../use-cases/receive-mail';
import { createByteBudget, createClientLimits } from './limits';
import { readData } from './read-data';

export interface SmtpOptions {
  host: string;
  port: number;
  name: string;
  mailboxes: readonly Mailbox[];
  maxBytes: number;
  maxBytesInFlight: number;
  maxConnections: number;
  maxConnectionsPerClient: number;
  maxMailsPerMinute: number;
  maxRecipients: number;
  trustedPeers: readonly string[];
  tls: { certFile: string; keyFile: string } | undefined;
  receive: (raw: Uint8Array, envelope: Envelope) => Promise<Receipt>;
  facts: Facts;
  now: () => number;
}

const answer = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

const clientOf = (session: SMTPServerSession): string => session.remoteAddress.replace(/^::ffff:/i, '');

const tlsOf = (tls: SmtpOptions['tls']) =>
  tls ? { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) } : {};

/** The door for mail from outside: takes mail for our mailboxes only and says yes only to what is durable. */
export function createSmtpServer(options: SmtpOptions) {
  const limits = createClientLimits({
    connections: options.maxConnectionsPerClient,
    mailsPerMinute: options.maxMailsPerMinute,
    now: options.now,
  });
  const budget = createByteBudget(options.maxBytesInFlight);
  const transfers = new Map<string, AbortController>();

  const refuse = (code: number, message: string): Error => {
    options.facts.mailRefused(code, message);
    return answer(code, message);
  };

  const envelopeOf = (session: SMTPServerSession): Envelope => ({
    from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
    recipients: session.envelope.rcptTo.map((recipient) => recipient.address),
    trustedPeer: options.trustedPeers.includes(clientOf(session)),
    receivedAt: options.now(),
  });

  const take = async (raw: Buffer, session: SMTPServerSession): Promise<void> => {
    let receipt: Receipt;
    try {
      receipt = await options.receive(raw, envelopeOf(session));
    } catch (error) {
      // Whatever it is, the sender still has the mail: saying "later" loses nothing.
      options.facts.roundFailed('receive mail', error);
      throw refuse(451, '4.3.0 the mail could not be stored, please try again later');
    }
    if (!receipt.accepted) throw refuse(554, `5.6.0 ${receipt.reason}`);
    receipt.events.forEach(options.facts.mailAccepted);
  };

  const onData = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> => {
    const transfer = new AbortController();
    transfers.set(session.id, transfer);
    // A client that trickles bytes keeps the idle timer happy; the whole transfer has an end as well.
    const timer = setTimeout(() => transfer.abort(), 600_000);
    try {
      const data = await readData(stream, options.maxBytes, budget, transfer.signal);
      if ('tooLarge' in data) throw refuse(552, `5.3.4 a mail has at most ${options.maxBytes} bytes`);
      if ('full' in data) throw refuse(452, '4.3.1 too much mail at once, please try again later');
      try {
        await take(data.raw, session);
      } finally {
        budget.give(data.held);
      }
    } finally {
      clearTimeout(timer);
      transfers.delete(session.id);
    }
  };

  const server = new SMTPServer({
    name: options.name,
    banner: 'Throughline',
    size: options.maxBytes,
    maxClients: options.maxConnections,
    maxRecipients: options.maxRecipients,
    authOptional: true,
    disabledCommands: options.tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    socketTimeout: 60_000,
    closeTimeout: 5_000,
    logger: false,
    ...tlsOf(options.tls),
    onConnect: (session, done) =>
      limits.connected(clientOf(session)) ? done() : done(refuse(421, '4.7.0 too many connections from your address')),
    onClose: (session) => {
      limits.gone(clientOf(session));
      transfers.get(session.id)?.abort();
    },
    onMailFrom: (_address, session, done) =>
      limits.mayMail(clientOf(session)) ? done() : done(refuse(451, '4.7.1 too many mails, please try again later')),
    onRcptTo: (address, _session, done) =>
      mailboxFor(options.mailboxes, address.address) ? done() : done(refuse(550, '5.1.1 no such mailbox here')),
    onData: (stream, session, done) => {
      onData(stream, session).then(
        () => done(null, '2.0.0 accepted'),
        (error: Error) => done('responseCode' in error ? error : answer(451, '4.3.0 the mail did not arrive whole')),
      );
    },
  });
  server.on('error', (error) => options.facts.roundFailed('smtp connection', error));

  return {
    start: () =>
      new Promise<number>((resolve, reject) => {
        server.server.once('error', reject);
        server.listen(options.port, options.host, () => resolve((server.server.address() as AddressInfo).port));
      }),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
