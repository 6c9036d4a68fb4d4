import { wireImprovement } from '../../../wire/recovery';
import { listed } from '../deps';
import type { RecoveryRpc } from './deps';

/** Measures, the newest first. */
export const listImprovements: RecoveryRpc<'listImprovements'> = (deps) => async (request, call) => {
  const { failurePointId } = request;
  const { tenantId } = call.caller;
  const { items, nextPageToken } = await listed(
    deps.improvements,
    tenantId,
    { failurePointId },
    request,
    (one) => one.createdAt,
  );
  return { improvements: items.map((one) => wireImprovement(one)), nextPageToken };
};
