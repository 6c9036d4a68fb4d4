import { empowermentOf } from '../../../use-cases/empower';
import { wireEmpowerment } from '../../../wire/empowerment';
import type { EmpowermentRpc } from './deps';

const none = { tiers: [], defaultTierId: '' };

/** The tiers of the tenant. */
export const getEmpowerment: EmpowermentRpc<'getEmpowerment'> = (deps) => async (_request, call) => ({
  empowerment: wireEmpowerment((await empowermentOf(deps, call.caller.tenantId)) ?? none),
});
