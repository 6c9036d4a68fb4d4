import { wireRecognition } from '../../../wire/quality';
import { listed } from '../deps';
import type { QualityRpc } from './deps';

/** Recognitions of one agent; none of who takes no part. */
export const listRecognitions: QualityRpc<'listRecognitions'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { agentId } = request;
  if ((await deps.agentPreferences.load(tenantId, agentId))?.optedOut) return { recognitions: [], nextPageToken: '' };
  const { items, nextPageToken } = await listed(
    deps.recognitions,
    tenantId,
    { agentId },
    request,
    (one) => one.createdAt,
  );
  return { recognitions: items.map(wireRecognition), nextPageToken };
};
