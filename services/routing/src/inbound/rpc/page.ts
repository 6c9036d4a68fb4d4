import { invalidField } from '@throughline/core';

const DEFAULT_SIZE = 50;

export const pageSize = (asked: number): number => asked || DEFAULT_SIZE;

/** Where the next page starts, opaque to callers. */
export const writeToken = (parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** Reads a token back; `query` must be the one it was made for. */
export const readToken = (token: string, query: string): unknown[] | undefined => {
  if (token === '') return undefined;
  try {
    const parts = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(parts) && parts[0] === query) return parts.slice(1);
  } catch {
    // Falls through to the same answer as any other foreign text.
  }
  throw invalidField('page_token', 'format', 'is not a token of an earlier page of this query');
};
