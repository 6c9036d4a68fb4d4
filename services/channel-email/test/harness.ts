import { randomUUID } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createConnection } from 'node:net';
import type { Bus, IncomingEvent } from '@throughline/bus';
import { createBus, decodeMessage, encodeEvent } from '@throughline/bus';
import { channelV1, commonV1 } from '@throughline/proto';
import type { ServiceOverrides } from '@throughline/service';
import { noTelemetry } from '@throughline/telemetry';
import { createTransport } from 'nodemailer';
import type { Email } from 'postal-mime';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { buildApp } from '../src/app';
import type { Config } from '../src/config';
import { loadConfig } from '../src/config';

/** One event of the inbound topic, decoded. */
export interface Published {
  readonly key: string;
  readonly partition: number;
  readonly bytes: number;
  readonly attributes: IncomingEvent;
  readonly event: channelV1.InboundEvent;
}

export interface SinkMail {
  readonly from: string;
  readonly to: string[];
  readonly raw: string;
  readonly mail: Email;
}

/** Waits for a fact; the last failure says what was missing. */
export async function eventually<T>(fact: () => T | Promise<T>, ms = 20_000): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    try {
      return await fact();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** A real SMTP server that keeps what it gets, or answers as a test wants. */
export async function startSink() {
  const mails: SinkMail[] = [];
  const rules: {
    onRecipient?: (address: string) => number | undefined;
    onData?: (count: number) => number | 'drop' | undefined;
  } = {};
  let attempts = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: (address, _session, done) => {
      const code = rules.onRecipient?.(address.address);
      done(
        code ? Object.assign(new Error(`${code === 550 ? '5.1.1' : '4.2.1'} not now`), { responseCode: code }) : null,
      );
    },
    onData: (stream, session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', async () => {
        attempts += 1;
        const verdict = rules.onData?.(attempts);
        const raw = Buffer.concat(pieces);
        if (typeof verdict === 'number') return done(Object.assign(new Error('no'), { responseCode: verdict }));
        const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
        const to = session.envelope.rcptTo.map((recipient) => recipient.address);
        mails.push({ from, to, raw: raw.toString(), mail: await PostalMime.parse(raw) });
        // The mail is taken but nobody hears of it.
        if (verdict === 'drop')
          for (const open of server.connections) (open as unknown as { _socket: Socket })._socket.destroy();
        else done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    rules,
    attempts: () => attempts,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

export const mailboxes = [
  { address: 'support@shop.example', tenantId: 'acme', name: 'Shop Support' },
  { address: 'sales@shop.example', tenantId: 'acme', name: 'Shop Sales' },
  { address: 'help@other.example', tenantId: 'other', name: 'Other' },
];

const topics = ['channel.inbound.v1', 'channel.outbound.v1', 'channel-email.dlq.v1'];

/** Real Kafka and MongoDB, a real sink, and the whole service between them. */
export async function startWorld(
  settings: Partial<Record<keyof Config, string>> = {},
  overrides: ServiceOverrides = {},
) {
  const run = `email-${randomUUID().slice(0, 8)}`;
  const telemetry = noTelemetry();
  const bus: Bus = createBus({
    brokers: process.env['KAFKA_BROKERS']!.split(','),
    clientId: run,
    topicPrefix: `${run}.`,
    telemetry,
  });
  await bus.start();
  // Under load a broker denies for a moment what it has just created.
  await eventually(() => bus.admin.ensureTopics(topics.map((name) => ({ name, partitions: 3 }))));
  const sink = await startSink();
  const config = loadConfig({
    ...process.env,
    KAFKA_TOPIC_PREFIX: `${run}.`,
    MONGO_DB: run,
    SMTP_PORT: '0',
    OPS_PORT: '0',
    SMTP_RELAY_URL: `smtp://127.0.0.1:${sink.port}`,
    EMAIL_MAILBOXES: JSON.stringify(mailboxes),
    ...settings,
  });
  const build = () => buildApp(config, { telemetry, ...overrides });
  const world = {
    run,
    bus,
    sink,
    config,
    app: await build(),
    /** Ends the service and starts it again as a new process would. */
    async restart() {
      await world.app.stop();
      world.app = await build();
      await world.app.start();
    },
    /** Everything published so far, in the order of each partition. */
    async published(): Promise<Published[]> {
      const found: Published[] = [];
      await bus.readTopic('channel.inbound.v1', (message) => {
        const attributes = decodeMessage(message);
        found.push({
          key: message.key?.toString() ?? '',
          partition: message.partition,
          bytes: message.value?.length ?? 0,
          attributes,
          event: channelV1.InboundEvent.decode(attributes.data),
        });
      });
      return found;
    },
    /** Puts a request on the outbound topic, as the conversation service does. */
    async request(change: Partial<channelV1.MessageSendRequested> & { messageId: string }, tenantId = 'acme') {
      const wire = channelV1.MessageSendRequested.fromPartial({
        conversationId: 'conv-1',
        channel: 'email',
        to: { type: commonV1.ContactPointType.EMAIL, value: 'ada@customer.example' },
        from: 'support@shop.example',
        subject: 'Re: Where is my parcel',
        text: 'It is on its way.',
        purpose: channelV1.SendPurpose.REPLY,
        ...change,
      });
      const value = encodeEvent({
        id: `${tenantId}/${wire.messageId}/1`,
        source: 'throughline/conversation',
        type: 'throughline.channel.v1.MessageSendRequested',
        subject: wire.conversationId,
        time: new Date(),
        tenantId,
        recordedAt: new Date(),
        channel: wire.channel,
        data: channelV1.MessageSendRequested.encode(wire).finish(),
      });
      await bus.producer.publish([{ topic: 'channel.outbound.v1', key: `${tenantId}/${wire.conversationId}`, value }]);
    },
    /** Delivers a raw mail as another mail server would; gives the last answer of the service. */
    async deliver(raw: string | Buffer, envelope: { from?: string; to?: string[] } = {}): Promise<string> {
      const transport = createTransport({ host: '127.0.0.1', port: world.app.ports['smtp']!, ignoreTLS: true });
      try {
        const info = await transport.sendMail({
          envelope: { from: envelope.from ?? 'ada@customer.example', to: envelope.to ?? ['support@shop.example'] },
          raw: typeof raw === 'string' ? Buffer.from(raw) : raw,
        });
        return info.response;
      } catch (error) {
        return (error as { response?: string }).response ?? String(error);
      } finally {
        transport.close();
      }
    },
    async stop() {
      await world.app.stop();
      await sink.stop();
      await bus.stop();
    },
  };
  // Topics exist before their partitions have leaders.
  await eventually(world.published);
  await world.app.start();
  return world;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** Speaks SMTP line by line, for what no mail client would send. */
export async function dialogue(port: number, lines: readonly string[]): Promise<string[]> {
  const socket: Socket = createConnection(port, '127.0.0.1');
  const answers: string[] = [];
  let buffered = '';
  const next = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(buffered);
        if (!match) return;
        buffered = buffered.slice(match[0].length);
        socket.off('data', onData);
        resolve(match[0].trim());
      };
      const onData = (piece: Buffer): void => {
        buffered += piece.toString();
        look();
      };
      socket.on('data', onData);
      socket.once('error', reject);
      socket.once('close', () => resolve('closed'));
      look();
    });
  answers.push(await next());
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    answers.push(await next());
  }
  socket.destroy();
  return answers;
}
