import { decideCompleted } from '../../../domain/recovery/improvement';
import { wireImprovement } from '../../../wire/recovery';
import { askedOf } from '../deps';
import type { RecoveryRpc } from './deps';

/** Says that it is in force. */
export const completeImprovement: RecoveryRpc<'completeImprovement'> = (deps) => async (request, call) => {
  const at = deps.now();
  const asked = askedOf('CompleteImprovement', request, call);
  const complete = (current: Parameters<typeof decideCompleted>[0]) => decideCompleted(current, at);
  const done = await deps.improvements.change(call.caller.tenantId, request.improvementId, complete, at, asked);
  return { improvement: wireImprovement(done!) };
};
