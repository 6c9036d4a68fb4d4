import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { OutgoingMail } from '../domain/compose';
import type { Outcome, SmtpFailure } from '../domain/send';
import { outcomeOf } from '../domain/send';
import type { OutgoingFile, Relay } from '../use-cases/ports';
import type { Signer } from './signer';

const bytesOf = (mail: OutgoingMail, files: readonly OutgoingFile[]): Promise<Buffer> =>
  new MailComposer({
    from: { name: mail.fromName, address: mail.fromAddress },
    to: { name: '', address: mail.to },
    replyTo: { name: mail.fromName, address: mail.replyTo },
    subject: mail.subject,
    messageId: `<${mail.messageId}>`,
    ...(mail.inReplyTo ? { inReplyTo: `<${mail.inReplyTo}>` } : {}),
    ...(mail.references.length > 0 ? { references: mail.references.map((id) => `<${id}>`).join(' ') } : {}),
    headers: { ...mail.headers },
    text: mail.text,
    html: mail.html,
    attachments: files.map((file) => ({
      filename: file.fileName,
      contentType: file.mediaType,
      contentDisposition: 'attachment' as const,
      content: file.content,
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();

/**
 * Sends over SMTP, one connection per mail. The pooled transport of the library sends a mail again by itself when a
 * connection breaks, and a broken connection does not say how far it came; here the first byte asked for after DATA
 * marks the moment from which the outcome may be unknown.
 */
export function createRelay(url: string, options: { timeoutMs: number; sign: Signer }): Relay {
  const server = parseConnectionUrl(url);

  const dialogue = (mail: OutgoingMail, raw: Buffer): Promise<Outcome> =>
    new Promise((resolve) => {
      let handedOver = false;
      const connection = new SMTPConnection({
        ...server,
        connectionTimeout: options.timeoutMs,
        greetingTimeout: options.timeoutMs,
        socketTimeout: options.timeoutMs,
      });
      const finish = (outcome: Outcome): void => {
        resolve(outcome);
        connection.quit();
      };
      const fail = (error: Error): void => {
        // First the outcome: closing makes the connection say that it ended.
        resolve(outcomeOf({ ...(error as Error & Partial<SmtpFailure>), message: error.message, handedOver }));
        connection.close();
      };
      const message = Readable.from(
        (async function* () {
          handedOver = true;
          yield raw;
        })(),
      );
      const send = (): void =>
        connection.send({ from: mail.envelopeFrom, to: [mail.to] }, message, (error, info) =>
          error ? fail(error) : finish({ kind: 'accepted', detail: String(info?.response ?? '').slice(0, 1000) }),
        );
      connection.once('error', fail);
      connection.once('end', () => fail(new Error('the connection ended')));
      connection.connect((error) => {
        if (error) return fail(error);
        if (!server.auth) return send();
        connection.login(server.auth, (refused) => (refused ? fail(refused) : send()));
      });
    });

  return {
    send: async (mail, files) => dialogue(mail, await options.sign(mail.fromAddress, await bytesOf(mail, files))),
  };
}
