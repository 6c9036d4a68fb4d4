import { Refusal } from '@throughline/core';
import { causeTree, newCause } from '../../../domain/recovery/causes';
import { wireCause } from '../../../wire/recovery';
import { askedOf } from '../deps';
import type { RecoveryRpc } from './deps';

const ID = 'causes';
const MOST = 500;

/** Adds an own cause below another one. */
export const createCause: RecoveryRpc<'createCause'> = (deps) => async (request, call) => {
  const { parentId, nameId, name } = request;
  const at = deps.now();
  const asked = askedOf('CreateCause', request, call);
  const kept = await deps.ownCauses.change(
    call.caller.tenantId,
    ID,
    (current) => {
      const own = current?.causes ?? [];
      if (own.length >= MOST)
        throw new Refusal('exhausted', 'TOO_MANY_CAUSES', `a tenant has at most ${MOST} of its own`);
      const causes = [...own, newCause(causeTree(own), parentId, nameId, name)];
      return [{ type: 'replaced', at, state: { id: ID, causes } }];
    },
    at,
    asked,
  );
  return { cause: wireCause(kept!.causes.find(({ id }) => id === `${parentId}.${nameId}`)!) };
};
