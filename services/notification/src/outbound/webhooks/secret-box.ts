import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { SECRET_PREFIX } from '../../domain/webhooks/signature';
import type { SecretBox } from '../../use-cases/webhooks/ports';

const BYTES = 32;

/** Keeps secrets of endpoints so that a copy of the database does not tell them. `keyText` is a secret of the service. */
export const createSecretBox = (keyText: string): SecretBox => {
  const key = Buffer.from(hkdfSync('sha256', keyText, '', 'webhook secrets', 32));
  const seal = (text: string): string => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  };
  return {
    create() {
      const secret = SECRET_PREFIX + randomBytes(BYTES).toString('base64');
      return { secret, sealed: seal(secret) };
    },
    open(text) {
      const bytes = Buffer.from(text, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
};
