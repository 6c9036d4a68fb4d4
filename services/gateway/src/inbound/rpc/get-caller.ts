import type { accessV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { ManageKeys } from '../../use-cases/manage-keys';

/** Who the caller is, as the key says. */
export const getCaller =
  (keys: ManageKeys) =>
  async (_request: accessV1.GetCallerRequest, call: Call): Promise<accessV1.GetCallerResponse> => {
    const key = await keys.own(call.caller);
    return { tenantId: key.tenantId, keyId: key.id, scopes: key.scopes, expiresAt: key.expiresAt };
  };
