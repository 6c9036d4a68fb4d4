import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Email } from 'postal-mime';
import PostalMime from 'postal-mime';
import { patiently } from './patiently';
import type { Product } from './product';

export type Mail = {
  from: string;
  subject: string;
  text: string;
  to?: string;
  messageId?: string;
  inReplyTo?: string;
  references?: string[];
  headers?: Record<string, string>;
};

/**
 * Sends one mail over SMTP as a customer's mail server does: again when nobody answers, under the same Message-ID. Resolves
 * when the server has taken it.
 */
export function sendMail(product: Product, mail: Mail) {
  const whole = { messageId: `<${randomUUID()}@example.org>`, ...mail };
  return patiently(() => deliver(product, whole));
}

async function deliver(product: Product, mail: Mail) {
  const transport = createTransport({
    host: product.smtp.host,
    port: product.smtp.port,
    secure: false,
    ignoreTLS: true,
  });
  try {
    const sent = await transport.sendMail({ ...mail, to: mail.to ?? product.smtp.mailbox });
    return { messageId: sent.messageId.replace(/[<>]/g, ''), acceptedAt: Date.now() };
  } finally {
    transport.close();
  }
}

/** Every mail that the product has sent to `address`, oldest first, parsed. */
export async function mailsTo(product: Product, address: string): Promise<Email[]> {
  const files = readdirSync(product.mailFolder)
    .filter((name) => name.endsWith('.eml'))
    .sort();
  const mails = await Promise.all(files.map((name) => PostalMime.parse(readFileSync(join(product.mailFolder, name)))));
  return mails.filter((mail) => mail.to?.some((to) => to.address === address));
}
