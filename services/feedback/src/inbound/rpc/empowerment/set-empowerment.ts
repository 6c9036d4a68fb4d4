import { refuseWith } from '@throughline/core';
import { checkEmpowerment } from '../../../domain/recovery/empowerment';
import { readEmpowerment, wireEmpowerment } from '../../../wire/empowerment';
import { askedOf } from '../deps';
import type { EmpowermentRpc } from './deps';

const ID = 'empowerment';

/** Replaces the tiers. */
export const setEmpowerment: EmpowermentRpc<'setEmpowerment'> = (deps) => async (request, call) => {
  const empowerment = readEmpowerment(request.empowerment!);
  refuseWith(checkEmpowerment(empowerment));
  const at = deps.now();
  const asked = askedOf('SetEmpowerment', request, call);
  const replace = () => [{ type: 'replaced' as const, at, state: { id: ID, empowerment } }];
  const kept = await deps.empowerments.change(call.caller.tenantId, ID, replace, at, asked);
  return { empowerment: wireEmpowerment(kept!.empowerment) };
};
