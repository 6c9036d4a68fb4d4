import { putPolicy } from '../../use-cases/keep-settings';
import { readPolicy, wirePolicy } from '../../wire/settings';
import type { Rpc } from './deps';
import { askedOf, idOf } from './deps';

/** Puts a new policy in force. */
export const createSlaPolicy: Rpc<'createSlaPolicy'> = (deps) => async (request, call) => {
  const asked = askedOf('CreateSlaPolicy', request, call);
  const id = idOf(deps, request.policyId, asked);
  return {
    policy: wirePolicy(await putPolicy(deps)({ tenantId: call.caller.tenantId, id, asked }, readPolicy(request))),
  };
};
