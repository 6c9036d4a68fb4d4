import { askedOf } from '../deps';
import type { RecoveryRpc } from './deps';
import { changeCase } from './deps';

/** Notes that it went to somebody outside who settles disputes, or how it ended there. */
export const escalateRecoveryCase: RecoveryRpc<'escalateRecoveryCase'> = (deps) => (request, call) => {
  const { caseId, body, reference, note, actorId, result } = request;
  const command = { type: 'escalate' as const, at: deps.now(), body, reference, note, actorId, result };
  return changeCase(deps, call, caseId, command, askedOf('EscalateRecoveryCase', request, call));
};
