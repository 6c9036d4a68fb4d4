import { invalidField } from '@throughline/core';

/** Where the next page starts: a moment and an id. Opaque to callers; checked when it comes back. */
export interface Place {
  at: number;
  id: string;
}

export const writePlace = ({ at, id }: Place): string => Buffer.from(JSON.stringify([at, id])).toString('base64url');

export const readPlace = (text: string): Place | undefined => {
  if (text === '') return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (typeof at === 'number' && Number.isFinite(at) && typeof id === 'string') return { at, id };
  } catch {
    // Falls through to the same answer as any other foreign text.
  }
  throw invalidField('page_token', 'format', 'is not a token of an earlier page');
};

export const DEFAULT_SIZE = 50;

/** A page of a list that is short enough to be in memory. */
export const pageOf = <T>(all: T[], request: { pageSize: number; pageToken: string }): { page: T[]; next: string } => {
  const from = readPlace(request.pageToken)?.at ?? 0;
  const size = request.pageSize || DEFAULT_SIZE;
  const next = from + size < all.length ? writePlace({ at: from + size, id: '' }) : '';
  return { page: all.slice(from, from + size), next };
};
