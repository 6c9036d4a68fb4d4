import { domainToASCII } from 'node:url';
import type { CountryCode } from 'libphonenumber-js/min';
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { uuidFromHash } from './ids';
import type { Refusal } from './refusal';
import { invalidField } from './refusal';

export const contactPointTypes = ['email', 'phone', 'chat', 'external'] as const;
export type ContactPointType = (typeof contactPointTypes)[number];

/** One address of a person, in its only spelling. `external` values read `<namespace>:<id>`. */
export interface ContactPoint {
  readonly type: ContactPointType;
  readonly value: string;
}

const wrong = (description: string): Refusal => invalidField('contact_point', 'format', description);

// Controls, invisible characters, direction overrides and lone surrogates make two addresses look like one.
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const localPart = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const domainName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const email = (raw: string): string => {
  if (raw.length > 320) throw wrong('an e-mail address has at most 254 characters');
  const text = raw.normalize('NFC').trim().toLowerCase().normalize('NFC');
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = domainToASCII(text.slice(at + 1));
  if (at < 1 || hidden.test(text) || !localPart.test(local) || Buffer.byteLength(local) > 64) {
    throw wrong('not an e-mail address (expected name@domain)');
  }
  if (!domainName.test(domain) || local.length + domain.length + 1 > 254) {
    throw wrong('the domain of the e-mail address is not valid');
  }
  return `${local}@${domain}`;
};

const phone = (raw: string, region?: string): string => {
  if (raw.length > 64) throw wrong('a telephone number has at most 15 digits');
  const country = region?.toUpperCase();
  const defaultCountry = country && isSupportedCountry(country) ? (country as CountryCode) : undefined;
  const parsed = parsePhoneNumberFromString(raw.normalize('NFKC').trim(), { defaultCountry, extract: false });
  if (!parsed?.isPossible()) throw wrong('not a telephone number (expected +<country><number>)');
  return parsed.number;
};

const opaque = (raw: string, name: string, max: number): string => {
  const text = raw.normalize('NFC').trim();
  if (text.length < 1 || text.length > max || hidden.test(text)) {
    throw wrong(`${name} has 1 to ${max} visible characters`);
  }
  return text;
};

const external = (raw: string): string => {
  const colon = raw.indexOf(':');
  const namespace = raw.slice(0, Math.max(colon, 0)).trim().toLowerCase();
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(namespace)) throw wrong('an external id reads <namespace>:<id>');
  return `${namespace}:${opaque(raw.slice(colon + 1), 'an external id', 200)}`;
};

const isType = (type: string): type is ContactPointType => (contactPointTypes as readonly string[]).includes(type);

/** Reads an address as people and networks write it and gives its only spelling, or throws a Refusal. */
export const parseContactPoint = (type: string, raw: string, options: { region?: string } = {}): ContactPoint => {
  if (!isType(type)) throw invalidField('contact_point.type', 'enum', `one of ${contactPointTypes.join(', ')}`);
  switch (type) {
    case 'email':
      return { type, value: email(raw) };
    case 'phone':
      return { type, value: phone(raw, options.region) };
    case 'chat':
      return { type, value: opaque(raw, 'a visitor id', 128) };
    case 'external':
      return { type, value: external(raw) };
  }
};

/** `email:ada@example.org`, `phone:+4930…`, `chat:<visitor>`, `external:<namespace>:<id>`. */
export const contactPointText = (point: ContactPoint): string => `${point.type}:${point.value}`;

/** Reads the canonical text back. Text that is not canonical is refused, so equal people have equal text. */
export const contactPointFromText = (text: string): ContactPoint => {
  const colon = text.indexOf(':');
  const point = parseContactPoint(text.slice(0, Math.max(colon, 0)), text.slice(colon + 1));
  if (contactPointText(point) !== text) throw wrong(`expected the canonical text ${contactPointText(point)}`);
  return point;
};

/** The customer a contact point belongs to as long as no link says otherwise: any service can compute it. */
export const customerIdFor = (tenantId: string, canonicalText: string): string =>
  uuidFromHash('customer', tenantId, canonicalText);
