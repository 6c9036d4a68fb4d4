import { checkRecognition } from '../../../domain/quality/voice';
import { wireRecognition } from '../../../wire/quality';
import { badgeOf } from '../../../wire/words';
import { askedOf, idOf } from '../deps';
import type { QualityRpc } from './deps';

/** Thanks a colleague. */
export const giveRecognition: QualityRpc<'giveRecognition'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { agentId, fromId, reason } = request;
  const asked = askedOf('GiveRecognition', request, call);
  const id = idOf(deps, request.recognitionId, asked);
  const at = deps.now();
  const state = { id, agentId, badge: badgeOf(request.badge), fromId, reason, createdAt: at };
  checkRecognition(state, (await deps.agentPreferences.load(tenantId, agentId))?.optedOut ?? false);
  const create = (current: unknown) => (current ? [] : [{ type: 'replaced' as const, at, state }]);
  return { recognition: wireRecognition((await deps.recognitions.change(tenantId, id, create, at, asked))!) };
};
