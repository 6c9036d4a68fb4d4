import { hash16, Refusal } from '@throughline/core';

const QUERY_BYTES = 8;

const queryOf = (parts: string[]): Buffer => hash16('list', ...parts).subarray(0, QUERY_BYTES);

/** Token of a list that goes on behind an id. */
export const listToken = (query: string[], after: string): string =>
  Buffer.concat([queryOf(query), Buffer.from(after)]).toString('base64url');

/** The id behind which the list goes on; empty for the first page. Refuses a token of another list. */
export const readListToken = (query: string[], token: string): string => {
  if (token === '') return '';
  const bytes = Buffer.from(token, 'base64url');
  const after = bytes.subarray(QUERY_BYTES).toString();
  if (listToken(query, after) === token && after !== '') return after;
  const description = 'pass the token of the same query, unchanged, or none';
  throw new Refusal('invalid', 'PAGE_TOKEN_INVALID', 'page_token: is not a token of this query', {
    violations: [{ field: 'page_token', rule: 'page_token', description }],
  });
};
