import { askedOf } from '../deps';
import type { QualityRpc } from './deps';

/** Keeps whether an agent takes part. */
export const setRecognitionPreference: QualityRpc<'setRecognitionPreference'> = (deps) => async (request, call) => {
  const { agentId, optedOut } = request;
  const at = deps.now();
  const asked = askedOf('SetRecognitionPreference', request, call);
  const set = () => [{ type: 'replaced' as const, at, state: { id: agentId, optedOut } }];
  await deps.agentPreferences.change(call.caller.tenantId, agentId, set, at, asked);
  return { agentId, optedOut };
};
