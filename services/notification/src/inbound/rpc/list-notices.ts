import { invalidField } from '@throughline/core';
import { recipientText } from '../../domain/notice/notice';
import type { Stamp } from '../../domain/notice/place';
import { EARLIEST, isStamp, past, startAfter, writeCursor } from '../../domain/notice/place';
import { wireNotice } from '../../wire/notice';
import type { Rpc } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

/** An agent and its teams as recipients. */
export const recipientsOf = (request: { agentId: string; teamIds: string[] }): string[] => [
  recipientText({ agentId: request.agentId }),
  ...request.teamIds.map((teamId) => recipientText({ teamId })),
];

const stampIn = (pageToken: string): Stamp | undefined => {
  const place = readPlace(pageToken);
  if (place && !isStamp(place.id)) throw invalidField('page_token', 'format', 'is not a token of an earlier page');
  return place?.id;
};

/** What an agent and its teams were told. */
export const listNotices: Rpc<'listNotices'> = (deps) => async (request, call) => {
  const size = request.pageSize || DEFAULT_SIZE;
  const { tenantId } = call.caller;
  const found = await deps.notices.before(tenantId, recipientsOf(request), stampIn(request.pageToken), size + 1);
  const page = found.slice(0, size);
  const last = page.at(-1);
  const more = found.length > size && last !== undefined;
  // Whoever goes on from one of them has seen those before it, as far as the page goes.
  let place = startAfter(more ? found.at(-1)!.stamp : EARLIEST);
  const oldestFirst = [...page].reverse().map((notice) => {
    place = past(place, notice.stamp);
    return wireNotice(notice, writeCursor(place));
  });
  return {
    notices: oldestFirst.reverse(),
    nextPageToken: more ? writePlace({ at: last.at, id: last.stamp }) : '',
  };
};
