import { invalidField } from '@throughline/core';

/** Where the next page starts. Opaque to callers; checked when it comes back. */
export interface PageToken {
  at: number;
  id: string;
}

export const writePageToken = (token: PageToken): string =>
  Buffer.from(JSON.stringify([token.at, token.id])).toString('base64url');

export const readPageToken = (text: string): PageToken | undefined => {
  if (text === '') return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (typeof at === 'number' && Number.isFinite(at) && typeof id === 'string') return { at, id };
  } catch {
    // Falls through to the same answer as any other foreign text.
  }
  throw invalidField('page_token', 'format', 'is not a token of an earlier page');
};
