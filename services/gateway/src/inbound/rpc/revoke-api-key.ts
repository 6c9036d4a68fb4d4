import type { accessV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { ManageKeys } from '../../use-cases/manage-keys';
import { keyToProto } from './key-to-proto';

/** Ends a key. Repeating it changes nothing. */
export const revokeApiKey =
  (keys: ManageKeys) =>
  async (request: accessV1.RevokeApiKeyRequest, call: Call): Promise<accessV1.RevokeApiKeyResponse> => ({
    apiKey: keyToProto(await keys.revoke(call.caller, request.id)),
  });
