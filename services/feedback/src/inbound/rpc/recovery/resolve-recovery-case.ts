import { outcomeOf } from '../../../wire/words';
import { askedOf } from '../deps';
import type { RecoveryRpc } from './deps';
import { changeCase } from './deps';

/** Closes it with its outcome. */
export const resolveRecoveryCase: RecoveryRpc<'resolveRecoveryCase'> = (deps) => (request, call) => {
  const { caseId, note, actorId } = request;
  const command = { type: 'resolve' as const, at: deps.now(), outcome: outcomeOf(request.outcome), actorId, note };
  return changeCase(deps, call, caseId, command, askedOf('ResolveRecoveryCase', request, call));
};
