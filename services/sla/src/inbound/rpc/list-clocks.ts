import { clockStateOf, metricOf } from '../../wire/words';
import type { Rpc } from './deps';
import { ruled, shown } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

/** Pages are cut between conversations: one with many clocks makes a longer page. */
export const listClocks: Rpc<'listClocks'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const query = {
    tenantId,
    conversationId: request.conversationId,
    states: request.states.map(clockStateOf),
    metrics: request.metrics.map(metricOf),
    policyId: request.policyId,
    dueBefore: request.dueBefore?.getTime(),
  };
  const place = readPlace(request.pageToken);
  const after = place && { openedAt: place.at, id: place.id };
  const { dockets, more } = await deps.dockets.list(query, after, request.pageSize || DEFAULT_SIZE);
  const { states, metrics, policyId, dueBefore } = query;
  const clocks = dockets.flatMap((docket) =>
    docket.clocks
      .filter(
        (clock) =>
          (states.length === 0 || states.includes(clock.state)) &&
          (metrics.length === 0 || metrics.includes(clock.metric)) &&
          (policyId === '' || clock.terms.policy.id === policyId) &&
          (dueBefore === undefined || (clock.dueAt !== undefined && clock.dueAt < dueBefore)),
      )
      .map((clock) => ({ docket, clock })),
  );
  const last = dockets.at(-1);
  const nextPageToken = more && last ? writePlace({ at: last.openedAt, id: last.id }) : '';
  return ruled(deps, tenantId, (rules) => ({
    clocks: clocks.map((found) => shown(deps, found, rules, false)),
    nextPageToken,
  }));
};
