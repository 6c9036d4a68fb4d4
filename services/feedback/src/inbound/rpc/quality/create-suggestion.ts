import { newSuggestion } from '../../../domain/quality/voice';
import { wireSuggestion } from '../../../wire/quality';
import { suggestionKindOf } from '../../../wire/words';
import { askedOf, idOf } from '../deps';
import type { QualityRpc } from './deps';

/** Takes a problem or an idea. */
export const createSuggestion: QualityRpc<'createSuggestion'> = (deps) => async (request, call) => {
  const { text, authorId, anonymous } = request;
  const asked = askedOf('CreateSuggestion', request, call);
  const id = idOf(deps, request.suggestionId, asked);
  const at = deps.now();
  const state = newSuggestion({ id, kind: suggestionKindOf(request.kind), text, authorId, anonymous }, at);
  const create = (current: unknown) => (current ? [] : [{ type: 'replaced' as const, at, state }]);
  const kept = await deps.suggestions.change(call.caller.tenantId, id, create, at, asked);
  return { suggestion: wireSuggestion(kept!, at) };
};
