import { knownCause } from '../../../domain/recovery/causes';
import { causesOf } from '../../../use-cases/recover';
import { readCause } from '../../../wire/recovery';
import { askedOf, notFound } from '../deps';
import type { RecoveryRpc } from './deps';
import { changeCase } from './deps';

/** Says why it happened. */
export const setCaseCause: RecoveryRpc<'setCaseCause'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const cause = readCause(request.cause!);
  knownCause(await causesOf(deps, tenantId), cause.causeId);
  const { failurePointId } = cause;
  const point = failurePointId ? await deps.failurePoints.load(tenantId, failurePointId) : undefined;
  if (failurePointId && !point) throw notFound('FAILURE_POINT', failurePointId);
  // A failure point that knows its cause says it for the case.
  const whole = { ...cause, causeId: cause.causeId || (point?.causeId ?? '') };
  const command = { type: 'setCause' as const, at: deps.now(), cause: whole };
  return changeCase(deps, call, request.caseId, command, askedOf('SetCaseCause', request, call));
};
