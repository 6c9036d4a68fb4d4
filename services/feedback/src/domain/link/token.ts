import { createHmac, timingSafeEqual } from 'node:crypto';
import { hash16 } from '@throughline/core';

/** What a link stands for. Nothing of it can be read from the link. */
export interface LinkTarget {
  tenantId: string;
  surveyId: string;
  conversationId: string;
}

/** A key that links are signed with; its number stands in the link, so that keys can be changed one after the other. */
export interface LinkKey {
  kid: number;
  secret: string;
}

export interface OpenedLink {
  invitationId: string;
  expiresAt: number;
  binding: Buffer;
}

const ID = 16;
const EXPIRY = 4;
const BINDING = 16;
const SIGNATURE = 32;
const SIGNED = 1 + ID + EXPIRY + BINDING;

const bindingOf = ({ tenantId, surveyId, conversationId }: LinkTarget): Buffer =>
  hash16('survey-link', tenantId, surveyId, conversationId);

const sign = (secret: string, signed: Buffer): Buffer => createHmac('sha256', secret).update(signed).digest();

/** Makes the link of an invitation (its id is a UUID), valid until a second after 1970. */
export const writeLink = (key: LinkKey, invitationId: string, target: LinkTarget, expiresAt: number): string => {
  const signed = Buffer.concat([
    Buffer.from([key.kid]),
    Buffer.from(invitationId.replaceAll('-', ''), 'hex'),
    Buffer.alloc(EXPIRY),
    bindingOf(target),
  ]);
  signed.writeUInt32BE(Math.floor(expiresAt / 1000), 1 + ID);
  return Buffer.concat([signed, sign(key.secret, signed)]).toString('base64url');
};

const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** Opens a link; undefined when it is not ours, to the last bit. Whether it has expired is for the caller to judge. */
export const readLink = (keys: LinkKey[], token: string): OpenedLink | undefined => {
  const bytes = Buffer.from(token, 'base64url');
  // The same bytes may be written in several ways; only ours counts.
  if (bytes.length !== SIGNED + SIGNATURE || bytes.toString('base64url') !== token) return undefined;
  const key = keys.find(({ kid }) => kid === bytes[0]);
  const signed = bytes.subarray(0, SIGNED);
  if (!key || !timingSafeEqual(sign(key.secret, signed), bytes.subarray(SIGNED))) return undefined;
  return {
    invitationId: dashed(signed.subarray(1, 1 + ID).toString('hex')),
    expiresAt: signed.readUInt32BE(1 + ID) * 1000,
    binding: signed.subarray(1 + ID + EXPIRY),
  };
};

/** True when the link was made for this target. */
export const linkFits = ({ binding }: OpenedLink, target: LinkTarget): boolean =>
  timingSafeEqual(binding, bindingOf(target));
