import { notFound } from '../deps';
import type { RecoveryRpc } from './deps';
import { shown } from './deps';

/** One case. */
export const getRecoveryCase: RecoveryRpc<'getRecoveryCase'> =
  ({ cases }) =>
  async ({ caseId }, call) => {
    const found = await cases.load(call.caller.tenantId, caseId);
    if (!found) throw notFound('CASE', caseId);
    return shown(found);
  };
