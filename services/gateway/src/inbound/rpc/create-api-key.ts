import type { accessV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { ManageKeys } from '../../use-cases/manage-keys';
import { askedBy } from './asked';
import { keyToProto } from './key-to-proto';

/** Makes a key; its secret is in this answer only. */
export const createApiKey =
  (keys: ManageKeys) =>
  async (request: accessV1.CreateApiKeyRequest, call: Call): Promise<accessV1.CreateApiKeyResponse> => {
    const { key, text } = await keys.create(call.caller, request, askedBy(call, 'create', request));
    return { apiKey: keyToProto(key), key: text };
  };
