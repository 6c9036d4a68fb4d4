import { causesOf } from '../../../use-cases/recover';
import { wireCause } from '../../../wire/recovery';
import type { RecoveryRpc } from './deps';

/** The whole tree. */
export const listCauses: RecoveryRpc<'listCauses'> = (deps) => async (_request, call) => ({
  causes: (await causesOf(deps, call.caller.tenantId)).map(wireCause),
});
