import { archivePolicy } from '../../use-cases/keep-settings';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Takes a policy out of force. */
export const deleteSlaPolicy: Rpc<'deleteSlaPolicy'> = (deps) => async (request, call) => {
  const asked = askedOf('DeleteSlaPolicy', request, call);
  await archivePolicy(deps)({ tenantId: call.caller.tenantId, id: request.policyId, asked });
  return {};
};
