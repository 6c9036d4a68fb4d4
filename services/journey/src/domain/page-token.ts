import { hash16, Refusal } from '@throughline/core';
import { PLACE_BYTES } from './place';

/** Where a page starts: behind `place`, going on (`forward`) or going back, as seen in the order of the listing. */
export interface PagePosition {
  forward: boolean;
  place: Buffer;
}

const VERSION = 1;
const QUERY_BYTES = 8;
const LENGTH = 2 + QUERY_BYTES + PLACE_BYTES;

const invalid = (): Refusal =>
  new Refusal('invalid', 'PAGE_TOKEN_INVALID', 'page_token: is not a token of this query', {
    violations: [
      { field: 'page_token', rule: 'page_token', description: 'pass the token of the same query, unchanged, or none' },
    ],
  });

/** What a token is good for: everything of the query but the page size. */
export const queryHash = (parts: string[]): Buffer => hash16('page', ...parts).subarray(0, QUERY_BYTES);

export const pageToken = (query: Buffer, position: PagePosition): string =>
  Buffer.concat([Buffer.from([VERSION, position.forward ? 1 : 0]), query, position.place]).toString('base64url');

/** Reads a token, or refuses one of another query, of another version, or made up. */
export const readPageToken = (token: string, query: Buffer): PagePosition => {
  const bytes = Buffer.from(token, 'base64url');
  const sound =
    bytes.length === LENGTH && bytes[0] === VERSION && bytes[1]! < 2 && bytes.toString('base64url') === token;
  if (!sound || !bytes.subarray(2, 2 + QUERY_BYTES).equals(query)) throw invalid();
  return { forward: bytes[1] === 1, place: bytes.subarray(2 + QUERY_BYTES) };
};
