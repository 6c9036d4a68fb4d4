import { commonV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { buildApp } from '../../../../services/channel-email/src/app';
import { loadConfig } from '../../../../services/channel-email/src/config';
import type { AdapterDriver, Answer, ExternalEvent, ExternalSend } from '../driver';
import { messageOrder } from '../message-order';

const mailbox = 'support@shop.example';

const rawMail = ({ thread, n, kind }: ExternalEvent): string =>
  [
    `From: Ada <${kind === 'own' ? mailbox : 'ada@customer.example'}>`,
    `To: ${mailbox}`,
    `Subject: ${thread}`,
    `Message-ID: <${thread}.${n}@customer.example>`,
    ...(n > 1 ? [`References: <${thread}.1@customer.example>`] : []),
    ...(kind === 'automatic' ? ['Auto-Submitted: auto-replied'] : []),
    // A trace header differs on every way a mail takes.
    `Received: from hop${Math.random()}.example`,
    '',
    `event ${n} of ${thread}`,
    ...(kind === 'oversized' ? Array.from({ length: 350_000 }, () => 'x'.repeat(76)) : []),
    '',
  ].join('\r\n');

const answerOf = (error: { responseCode?: number }): Answer =>
  error.responseCode !== undefined && error.responseCode >= 500 ? 'refused' : 'later';

async function startSink(sent: ExternalSend[]) {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const raw = Buffer.concat(pieces).toString();
        const nullSender = !session.envelope.mailFrom || session.envelope.mailFrom.address === '';
        sent.push({ text: raw, automatic: nullSender && /^Auto-Submitted: auto-replied\r$/im.test(raw) });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as { port: number }).port,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Our e-mail adapter, driven as mail servers drive it. */
export function emailDriver(): AdapterDriver {
  const sent: ExternalSend[] = [];
  let sink: Awaited<ReturnType<typeof startSink>> | undefined;
  let app: Awaited<ReturnType<typeof buildApp>> | undefined;
  return {
    channel: 'email',
    adapter: 'channel-email',
    group: 'channel-email',
    reportsDelivery: true,
    async start(surroundings) {
      sink ??= await startSink(sent);
      const config = loadConfig({
        KAFKA_BROKERS: surroundings.kafkaBrokers.join(','),
        KAFKA_TOPIC_PREFIX: surroundings.topicPrefix,
        MONGO_URL: surroundings.mongoUrl,
        MONGO_DB: surroundings.mongoDb,
        SMTP_PORT: '0',
        OPS_PORT: '0',
        SMTP_RELAY_URL: `smtp://127.0.0.1:${sink.port}`,
        EMAIL_MAILBOXES: JSON.stringify([{ address: mailbox, tenantId: surroundings.tenantId, name: 'Shop' }]),
      });
      app = await buildApp(config, { telemetry: noTelemetry(), publishTimeoutMs: 5_000 });
      await app.start();
    },
    async stop() {
      await app?.stop();
      app = undefined;
    },
    async dispose() {
      await sink?.stop();
    },
    async inject(event) {
      const transport = createTransport({ host: '127.0.0.1', port: app!.ports['smtp']!, ignoreTLS: true });
      try {
        await transport.sendMail({ envelope: { from: 'ada@customer.example', to: mailbox }, raw: rawMail(event) });
        return 'accepted';
      } catch (error) {
        return answerOf(error as { responseCode?: number });
      } finally {
        transport.close();
      }
    },
    outbound: (order) =>
      messageOrder(order, {
        channel: 'email',
        to: { type: commonV1.ContactPointType.EMAIL, value: 'ada@customer.example' },
        from: mailbox,
        email: { replyToken: order.messageId, inReplyTo: '', references: [], autoSubmitted: order.automatic },
      }),
    sent: async () => sent,
  };
}
