import { wirePromise } from '../../wire/promise';
import { promiseStateOf } from '../../wire/words';
import type { Rpc } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

/** Promises, the one due first first. */
export const listPromises: Rpc<'listPromises'> = (deps) => async (request, call) => {
  const query = {
    tenantId: call.caller.tenantId,
    conversationId: request.conversationId,
    ownerId: request.ownerId,
    teamId: request.teamId,
    states: request.states.map(promiseStateOf),
    dueBefore: request.dueBefore?.getTime(),
  };
  const place = readPlace(request.pageToken);
  const after = place && { dueAt: place.at, id: place.id };
  const { promises, more } = await deps.promises.list(query, after, request.pageSize || DEFAULT_SIZE);
  const last = promises.at(-1);
  return {
    promises: promises.map(wirePromise),
    nextPageToken: more && last ? writePlace({ at: last.dueAt, id: last.id }) : '',
  };
};
