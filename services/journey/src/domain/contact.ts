import type { ContactPointType } from '@throughline/core';
import { customerIdFor, isBlockedContactValue } from '@throughline/core';

/**
 * A contact point's key on the timeline and the id of the customer it starts as are the same 16 bytes: whoever has
 * one has the other, and rows stay where they are whatever is linked later.
 */
export const baseOf = (tenantId: string, point: string): string => customerIdFor(tenantId, point);

export const pointKeyOf = (customerId: string): Buffer => Buffer.from(customerId.replaceAll('-', ''), 'hex');

const shapes: Record<string, RegExp> = {
  email: /^[^\p{Cc}\s@A-Z]{1,64}@[a-z0-9.-]{1,253}$/u,
  phone: /^\+\d{3,15}$/,
  chat: /^[^\p{Cc}]{1,128}$/u,
  external: /^[a-z0-9][a-z0-9._-]{0,63}:[^\p{Cc}]{1,200}$/u,
};

export const typeOfPoint = (point: string): string => point.slice(0, Math.max(point.indexOf(':'), 0));

/** True for text that can be canonical. Cheaper than parsing, and enough to keep made-up keys out of the timeline. */
export const looksCanonical = (point: string): boolean =>
  shapes[typeOfPoint(point)]?.test(point.slice(point.indexOf(':') + 1)) ?? false;

/** True when a contact point must never say who somebody is. */
export const isBlockedPoint = (point: string): boolean =>
  isBlockedContactValue({
    type: typeOfPoint(point) as ContactPointType,
    value: point.slice(point.indexOf(':') + 1),
  });

// Addresses of a role or a household, not of a person.
const sharedNames = new Set(
  `abuse accounts admin administration billing booking bookings care contact customerservice enquiries enquiry family
  feedback finance frontdesk hello help helpdesk hi home household hr info information inquiry invoices jobs kiosk
  legal mail marketing office orders postmaster press purchasing reception reservations sales secretary security
  service shop staff store support tablet team webmaster welcome`.split(/\s+/),
);

/** True for contact points that several people use by their nature; others are flagged when that shows. */
export const isSharedByName = (point: string): boolean => {
  if (!point.startsWith('email:')) return false;
  const local = point.slice('email:'.length, point.lastIndexOf('@'));
  return sharedNames.has(local.split('+')[0]!);
};
