import { policyOf } from '../../../use-cases/empower';
import { wirePolicy } from '../../../wire/recovery';
import type { RecoveryRpc } from './deps';

/** What may be given, and how fast an answer is due. */
export const getRecoveryPolicy: RecoveryRpc<'getRecoveryPolicy'> = (deps) => async (_request, call) => ({
  policy: wirePolicy(await policyOf(deps, call.caller.tenantId)),
});
