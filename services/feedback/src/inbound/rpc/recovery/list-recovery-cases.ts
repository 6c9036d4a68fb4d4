import { wireCase } from '../../../wire/recovery';
import { caseKindOf, caseStateOf } from '../../../wire/words';
import { listed } from '../deps';
import type { RecoveryRpc } from './deps';

/** Cases, the newest first. */
export const listRecoveryCases: RecoveryRpc<'listRecoveryCases'> = (deps) => async (request, call) => {
  const { ownerId, customerId, conversationId, failurePointId } = request;
  const where = {
    state: caseStateOf(request.state),
    kind: caseKindOf(request.kind),
    ownerId,
    customerId,
    conversationId,
    'cause.failurePointId': failurePointId,
  };
  const { items, nextPageToken } = await listed(
    deps.cases,
    call.caller.tenantId,
    where,
    request,
    (one) => one.openedAt,
  );
  return { cases: items.map(wireCase), nextPageToken };
};
