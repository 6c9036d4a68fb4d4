import { createHmac } from 'node:crypto';

/** A secret that records are sealed with. The first of a list seals; all of them are known when records are checked. */
export interface SealKey {
  kid: number;
  secret: string;
}

export type SealedValue = string | number | Date;

/** One record of a chain as it stands in the database: `_id` is its place, `<chain>/<seq>`. */
export interface SealedDoc {
  _id: string;
  chain: string;
  seq: number;
  kid: number;
  /** Seal of the record before; empty for the first. */
  prev: string;
  seal: string;
  [field: string]: SealedValue;
}

/** The end of a chain. */
export interface HeadDoc {
  _id: string;
  seq: number;
  /** Seal of the last record. */
  last: string;
  kid: number;
  seal: string;
}

const DIGITS = 12;

/** Where the record with this number stands; places sort as numbers do. */
export const placeOf = (chain: string, seq: number): string => `${chain}/${String(seq).padStart(DIGITS, '0')}`;

/** The number that a place says; undefined when it is no place of this chain. */
export const seqOfPlace = (chain: string, place: unknown): number | undefined => {
  if (typeof place !== 'string' || !place.startsWith(`${chain}/`)) return undefined;
  const digits = place.slice(chain.length + 1);
  return digits.length === DIGITS && /^\d+$/.test(digits) ? Number(digits) : undefined;
};

/** All places of a chain, for a range of ids. `0` is the character after `/`. */
export const placesOf = (chain: string, after: number) => ({ $gt: placeOf(chain, after), $lt: `${chain}0` });

// A date and the text that says the same must not seal alike.
const plain = (value: unknown): unknown =>
  value instanceof Date ? { date: value.getTime() } : typeof value === 'object' ? { other: String(value) } : value;

const sealed = (secret: string, what: string, fields: Record<string, unknown>): string => {
  const entries = Object.keys(fields)
    .sort()
    .map((name) => [name, plain(fields[name])]);
  return createHmac('sha256', secret)
    .update(JSON.stringify([what, entries]))
    .digest('base64url');
};

/** What the seal of a record must be: over its chain, its number, the seal before it and every field, known or not. */
export const sealOfRecord = ({ _id, seal, ...fields }: SealedDoc, secret: string): string =>
  sealed(secret, 'record', fields);

/** What the seal of a head must be. */
export const sealOfHead = ({ _id, seq, last, kid }: Omit<HeadDoc, 'seal'>, secret: string): string =>
  sealed(secret, 'head', { _id, seq, last, kid });
