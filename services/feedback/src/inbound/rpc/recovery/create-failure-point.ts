import { Refusal } from '@throughline/core';
import { knownCause } from '../../../domain/recovery/causes';
import { causesOf } from '../../../use-cases/recover';
import { wireFailurePoint } from '../../../wire/recovery';
import { askedOf, idOf } from '../deps';
import type { RecoveryRpc } from './deps';

/** Names a place where things go wrong. */
export const createFailurePoint: RecoveryRpc<'createFailurePoint'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { name, step, causeId } = request;
  const asked = askedOf('CreateFailurePoint', request, call);
  const id = idOf(deps, request.failurePointId, asked);
  knownCause(await causesOf(deps, tenantId), causeId);
  const at = deps.now();
  const create = (current: unknown) => {
    if (current) throw new Refusal('already_exists', 'FAILURE_POINT_EXISTS', `there is a failure point ${id} already`);
    return [{ type: 'replaced' as const, at, state: { id, name, step, causeId, createdAt: at } }];
  };
  return { failurePoint: wireFailurePoint((await deps.failurePoints.change(tenantId, id, create, at, asked))!) };
};
