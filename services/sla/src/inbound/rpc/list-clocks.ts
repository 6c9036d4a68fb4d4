import type { DocketQuery } from '../../use-cases/ports';
import { clockStateOf, metricOf } from '../../wire/words';
import type { Deps, Rpc } from './deps';
import { ruled, shown } from './deps';
import { readPlace, writePlace } from './paging';

const DEFAULT_SIZE = 50;

type Page = Awaited<ReturnType<Deps['dockets']['list']>>;

const pageOf = async (
  { dockets }: Deps,
  conversationId: string,
  query: DocketQuery,
  pageToken: string,
  size: number,
): Promise<Page> => {
  const place = readPlace(pageToken);
  if (!conversationId) return dockets.list(query, place && { openedAt: place.at, id: place.id }, size);
  // Of one conversation it is what is, where a list may be a second behind.
  const docket = place ? undefined : await dockets.load({ tenantId: query.tenantId, id: conversationId });
  return { dockets: docket ? [docket] : [], more: false };
};

/** Pages are cut between conversations: one with many clocks makes a longer page. */
export const listClocks: Rpc<'listClocks'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const query = {
    tenantId,
    states: request.states.map(clockStateOf),
    metrics: request.metrics.map(metricOf),
    policyId: request.policyId,
    dueBefore: request.dueBefore?.getTime(),
  };
  const { conversationId, pageToken, pageSize } = request;
  const { dockets, more } = await pageOf(deps, conversationId, query, pageToken, pageSize || DEFAULT_SIZE);
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
