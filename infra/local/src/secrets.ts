import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Demo credentials, made at the first start and kept outside git. */
export type Secrets = {
  tenantId: string;
  apiKeyId: string;
  apiKeySecret: string;
  callerPrivateKey: string;
  callerPublicKey: string;
  chatSecret: string;
  voiceAccountPath: string;
  voiceAuthToken: string;
  threadSecret: string;
  notificationSecret: string;
  surveyLinkSecret: string;
  auditSecret: string;
  /** RSA, PEM: mails of the demo are signed with it. */
  mailSigningKey: string;
};

const make = (): Omit<Secrets, 'mailSigningKey'> => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    tenantId: 'demo',
    apiKeyId: randomBytes(6).toString('hex'),
    apiKeySecret: randomBytes(32).toString('base64url').replace(/_/g, '-'),
    callerPrivateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    callerPublicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    chatSecret: randomBytes(32).toString('hex'),
    voiceAccountPath: randomBytes(12).toString('hex'),
    voiceAuthToken: randomBytes(16).toString('hex'),
    threadSecret: randomBytes(32).toString('hex'),
    notificationSecret: randomBytes(32).toString('hex'),
    surveyLinkSecret: randomBytes(32).toString('hex'),
    auditSecret: randomBytes(32).toString('hex'),
  };
};

// Takes a tenth of a second: not made unless it is missing.
const makeSigningKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

/** Reads the demo credentials, or makes those that are missing. Only their owner can read the file. */
export const loadSecrets = (file: string): Secrets => {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  const made = make();
  // A file of an earlier version lacks what came later.
  if (['mailSigningKey', ...Object.keys(made)].every((name) => name in before)) return before as Secrets;
  const secrets = { ...made, ...before, mailSigningKey: before.mailSigningKey ?? makeSigningKey() };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
};

/** The demo tenant's API key as integrators send it. */
export const apiKeyOf = (secrets: Secrets): string => `tl_${secrets.apiKeyId}_${secrets.apiKeySecret}`;

/** Keys that the gateway seals audit records with, as its setting has them. */
export const auditKeysOf = (secrets: Secrets): string => JSON.stringify([{ kid: 1, secret: secrets.auditSecret }]);
