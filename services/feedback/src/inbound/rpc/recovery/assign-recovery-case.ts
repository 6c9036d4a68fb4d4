import { askedOf } from '../deps';
import type { RecoveryRpc } from './deps';
import { changeCase } from './deps';

/** Gives it an owner. */
export const assignRecoveryCase: RecoveryRpc<'assignRecoveryCase'> = (deps) => (request, call) => {
  const { caseId, ownerId, teamId } = request;
  const command = { type: 'assign' as const, at: deps.now(), ownerId, teamId };
  return changeCase(deps, call, caseId, command, askedOf('AssignRecoveryCase', request, call));
};
