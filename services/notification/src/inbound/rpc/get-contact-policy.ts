import { wirePolicy } from '../../wire/policy';
import type { Rpc } from './deps';

/** The policy that counts now. */
export const getContactPolicy: Rpc<'getContactPolicy'> = (deps) => async (_, call) => ({
  contactPolicy: wirePolicy(await deps.policies.of(call.caller.tenantId)),
});
