import { createHmac } from 'node:crypto';

export const SECRET_PREFIX = 'whsec_';

const hmac = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('base64');

/**
 * The `webhook-signature` header: for each secret, newest first, `v1` over `id.timestamp.body` as the Standard Webhooks say,
 * which libraries of many languages check, and `tl1` over `timestamp.id.body`. `timestamp` in seconds.
 */
export const signatureHeader = (secrets: string[], id: string, timestamp: number, body: string): string =>
  secrets
    .flatMap((secret) => {
      const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
      return [`v1,${hmac(key, `${id}.${timestamp}.${body}`)}`, `tl1,${hmac(key, `${timestamp}.${id}.${body}`)}`];
    })
    .join(' ');
