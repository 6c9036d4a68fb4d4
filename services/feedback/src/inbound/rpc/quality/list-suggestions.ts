import { wireSuggestion } from '../../../wire/quality';
import { listed } from '../deps';
import type { QualityRpc } from './deps';

/** Suggestions, the newest first. */
export const listSuggestions: QualityRpc<'listSuggestions'> = (deps) => async (request, call) => {
  const where: Record<string, boolean> = request.unanswered ? { unanswered: true } : {};
  const { tenantId } = call.caller;
  const { items, nextPageToken } = await listed(deps.suggestions, tenantId, where, request, (one) => one.createdAt);
  const now = deps.now();
  return { suggestions: items.map((one) => wireSuggestion(one, now)), nextPageToken };
};
