import { caseStateOf } from '../../../wire/words';
import { askedOf } from '../deps';
import type { RecoveryRpc } from './deps';
import { changeCase } from './deps';

/** Takes it a step further. */
export const advanceRecoveryCase: RecoveryRpc<'advanceRecoveryCase'> = (deps) => (request, call) => {
  const { caseId, note, actorId } = request;
  const command = { type: 'advance' as const, at: deps.now(), to: caseStateOf(request.to), actorId, note };
  return changeCase(deps, call, caseId, command, askedOf('AdvanceRecoveryCase', request, call));
};
