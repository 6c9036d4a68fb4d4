import type { Suggestion } from '../../../domain/quality/voice';
import { answered } from '../../../domain/quality/voice';
import { wireSuggestion } from '../../../wire/quality';
import { askedOf } from '../deps';
import type { QualityRpc } from './deps';

/** Gives the answer that is owed. */
export const answerSuggestion: QualityRpc<'answerSuggestion'> = (deps) => async (request, call) => {
  const { suggestionId, answer, answeredBy } = request;
  const at = deps.now();
  const asked = askedOf('AnswerSuggestion', request, call);
  const give = (current: Suggestion | undefined) => {
    const state = answered(current, answer, answeredBy, at);
    return state === current ? [] : [{ type: 'replaced' as const, at, state }];
  };
  const kept = await deps.suggestions.change(call.caller.tenantId, suggestionId, give, at, asked);
  return { suggestion: wireSuggestion(kept!, at) };
};
