import { readPolicy, wirePolicy } from '../../../wire/recovery';
import { askedOf } from '../deps';
import type { RecoveryRpc } from './deps';

const ID = 'recovery';

/** Replaces it, for what comes from now on. */
export const setRecoveryPolicy: RecoveryRpc<'setRecoveryPolicy'> = (deps) => async (request, call) => {
  const at = deps.now();
  const state = { id: ID, policy: readPolicy(request.policy!) };
  const asked = askedOf('SetRecoveryPolicy', request, call);
  const replace = () => [{ type: 'replaced' as const, at, state }];
  const kept = await deps.policies.change(call.caller.tenantId, ID, replace, at, asked);
  return { policy: wirePolicy(kept!.policy) };
};
