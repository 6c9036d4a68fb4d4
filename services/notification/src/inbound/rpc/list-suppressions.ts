import { contactPointFromText } from '@throughline/core';
import { wireSuppression } from '../../wire/suppressions';
import type { Rpc } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

/** The suppression list, or the entry of one address. */
export const listSuppressions: Rpc<'listSuppressions'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  if (request.contactPoint) {
    contactPointFromText(request.contactPoint);
    const found = await deps.suppressions.of(tenantId, [request.contactPoint]);
    return { suppressions: [...found.values()].map(wireSuppression), nextPageToken: '' };
  }
  const place = readPlace(request.pageToken);
  const { suppressions, more } = await deps.suppressions.list(tenantId, place, request.pageSize || DEFAULT_SIZE);
  const last = suppressions.at(-1);
  return {
    suppressions: suppressions.map(wireSuppression),
    nextPageToken: more && last ? writePlace({ at: last.createdAt, id: last.id }) : '',
  };
};
