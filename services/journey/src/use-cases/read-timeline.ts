import { invalidField } from '@throughline/core';
import { pointKeyOf } from '../domain/contact';
import type { Row } from '../domain/merge';
import { mergeRows } from '../domain/merge';
import type { PagePosition } from '../domain/page-token';
import { pageToken, queryHash, readPageToken } from '../domain/page-token';
import { firstPlace, lastPlace, placeAt, placeOf } from '../domain/place';
import type { RowFilter, RowPage, Timeline } from './ports';

export interface TimelineQuery {
  tenantId: string;
  customerId: string;
  pageSize: number;
  pageToken: string;
  oldestFirst: boolean;
  filter: RowFilter;
  from?: Date | undefined;
  until?: Date | undefined;
}

export interface TimelinePage {
  rows: Row[];
  next: string;
  previous: string;
}

const DEFAULT_SIZE = 20;

const hashOf = (query: TimelineQuery): Buffer =>
  queryHash([
    query.tenantId,
    query.customerId,
    query.oldestFirst ? 'oldest' : 'newest',
    [...query.filter.channels].sort().join('\n'),
    [...query.filter.kinds].sort().join('\n'),
    query.filter.issueId,
    query.filter.conversationId,
    String(query.from?.getTime() ?? ''),
    String(query.until?.getTime() ?? ''),
  ]);

const later = (a: Buffer, b: Buffer): Buffer => (a.compare(b) > 0 ? a : b);
const earlier = (a: Buffer, b: Buffer): Buffer => (a.compare(b) < 0 ? a : b);

/** The neighbouring place, so that a page that starts behind it begins with `place` itself. */
const beside = (place: Buffer, step: 1 | -1): Buffer => {
  const bytes = Buffer.from(place);
  for (let i = bytes.length - 1; i >= 0; i--) {
    const value = bytes[i]! + step;
    bytes[i] = value;
    if (value >= 0 && value <= 255) break;
  }
  return bytes;
};

const boundsOf = (query: TimelineQuery, position: PagePosition | undefined, ascending: boolean) => {
  const after = query.from ? beside(placeAt(query.from.getTime()), -1) : firstPlace;
  const before = query.until ? placeAt(query.until.getTime()) : lastPlace;
  if (!position) return { after, before };
  return ascending
    ? { after: later(after, position.place), before }
    : { after, before: earlier(before, position.place) };
};

/** What several contact points gave, in order, and the place up to which that is all there is. */
const combine = (
  pages: RowPage[],
  limit: number,
  ascending: boolean,
): { rows: Row[]; horizon?: Buffer | undefined } => {
  const rows = mergeRows(
    pages.map((page) => page.rows),
    limit,
    ascending,
  );
  const cuts = pages.flatMap((page) => (page.searchedTo ? [page.searchedTo] : []));
  if (cuts.length === 0) return { rows };
  const horizon = cuts.reduce(ascending ? earlier : later);
  const within = (row: Row) => placeOf(row._id).compare(horizon) <= 0 === ascending || placeOf(row._id).equals(horizon);
  return { rows: rows.filter(within), horizon };
};

/**
 * One page of a customer's timeline: a range scan per contact point, merged. A page may hold fewer entries than asked,
 * even none, and still have a next one: a rare filter stops searching after a bounded number of rows.
 */
export const readTimeline = async (
  timeline: Pick<Timeline, 'range'>,
  bases: string[],
  query: TimelineQuery,
): Promise<TimelinePage> => {
  if (query.from && query.until && query.from >= query.until) {
    throw invalidField('until', 'after_from', 'must lie after `from`');
  }
  const hash = hashOf(query);
  const position = query.pageToken ? readPageToken(query.pageToken, hash) : undefined;
  const forward = position?.forward ?? true;
  const ascending = query.oldestFirst === forward;
  const size = query.pageSize || DEFAULT_SIZE;
  const range = {
    ...boundsOf(query, position, ascending),
    oldestFirst: ascending,
    limit: size + 1,
    filter: query.filter,
  };
  const pages = await Promise.all(bases.map((base) => timeline.range({ ...range, point: pointKeyOf(base) })));
  const { rows: found, horizon } = combine(pages, size + 1, ascending);
  const rows = found.slice(0, size);
  const far = rows.at(-1);
  // Behind the last row of a full page, or behind what was searched of an unfinished one.
  const reached = found.length > size ? placeOf(far!._id) : horizon;
  const onward = reached ? pageToken(hash, { forward, place: reached }) : '';
  if (forward) {
    const start = rows[0] ? placeOf(rows[0]._id) : position && beside(position.place, query.oldestFirst ? 1 : -1);
    return { rows, next: onward, previous: position && start ? pageToken(hash, { forward: false, place: start }) : '' };
  }
  const near = rows[0] ? placeOf(rows[0]._id) : beside(position!.place, query.oldestFirst ? -1 : 1);
  return { rows: rows.reverse(), next: pageToken(hash, { forward: true, place: near }), previous: onward };
};
