import { createTransport } from 'nodemailer';
import type { SmtpFailure } from '../domain/send';
import { outcomeOf } from '../domain/send';
import type { Relay } from '../use-cases/ports';

/** Sends over SMTP with a small pool of connections. Every end of the dialogue is read as an outcome. */
export function createRelay(
  url: string,
  options: { timeoutMs: number; connections: number },
): Relay & { stop(): void } {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: options.connections,
    connectionTimeout: options.timeoutMs,
    greetingTimeout: options.timeoutMs,
    socketTimeout: options.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail, files) {
      try {
        const info = await transport.sendMail({
          envelope: { from: mail.envelopeFrom, to: [mail.to] },
          from: { name: mail.fromName, address: mail.fromAddress },
          to: { name: '', address: mail.to },
          replyTo: { name: mail.fromName, address: mail.replyTo },
          subject: mail.subject,
          messageId: `<${mail.messageId}>`,
          ...(mail.inReplyTo ? { inReplyTo: `<${mail.inReplyTo}>` } : {}),
          ...(mail.references.length > 0 ? { references: mail.references.map((id) => `<${id}>`).join(' ') } : {}),
          headers: mail.headers,
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
        });
        return { kind: 'accepted', detail: String(info.response ?? '').slice(0, 1000) };
      } catch (error) {
        return outcomeOf(error as SmtpFailure);
      }
    },
    stop: () => transport.close(),
  };
}
