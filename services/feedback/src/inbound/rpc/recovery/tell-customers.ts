import { tellCustomers as tell } from '../../../use-cases/recover';
import type { RecoveryRpc } from './deps';

/** "You said, we did", to precisely those who said it. Doing it again tells those who came since. */
export const tellCustomers: RecoveryRpc<'tellCustomers'> =
  (deps) =>
  async ({ improvementId }, call) => {
    const { told, toldBefore, notTold } = await tell(deps, call.caller.tenantId, improvementId);
    return {
      told: BigInt(told),
      toldBefore: BigInt(toldBefore),
      notTold: Object.fromEntries(Object.entries(notTold).map(([reason, n]) => [reason, BigInt(n)])),
    };
  };
