import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Links } from '../use-cases/ports';

const BYTES = 18;

/** Links in messages: they name a delivery, cannot be guessed, and each kind opens its own door only. */
export const createLinks = (secret: string, publicUrl: string): Links => {
  const base = publicUrl.replace(/\/$/, '');
  const sign = (kind: string, body: string): Buffer =>
    createHmac('sha256', secret).update(`link\n${kind}\n${body}`).digest().subarray(0, BYTES);
  const tokenOf = (kind: string, tenantId: string, deliveryId: string): string => {
    const body = Buffer.from(`${tenantId}\n${deliveryId}`).toString('base64url');
    return `${body}.${sign(kind, body).toString('base64url')}`;
  };
  return {
    unsubscribe: (tenantId, deliveryId) => `${base}/u/${tokenOf('u', tenantId, deliveryId)}`,
    preferences: (tenantId, deliveryId) => `${base}/p/${tokenOf('p', tenantId, deliveryId)}`,
    callback: (tenantId, deliveryId) => `${base}/callbacks/${tokenOf('c', tenantId, deliveryId)}`,
    read(kind, token) {
      const [body = '', given = ''] = token.split('.');
      const signature = Buffer.from(given, 'base64url');
      if (signature.length !== BYTES || !timingSafeEqual(signature, sign(kind, body))) return undefined;
      const [tenantId = '', id = ''] = Buffer.from(body, 'base64url').toString('utf8').split('\n');
      return { tenantId, id };
    },
  };
};
