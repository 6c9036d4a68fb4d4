import type { accessV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { ManageKeys } from '../../use-cases/manage-keys';
import { keyToProto } from './key-to-proto';

/** Keys of the caller's tenant, newest first. */
export const listApiKeys =
  (manage: ManageKeys) =>
  async (request: accessV1.ListApiKeysRequest, call: Call): Promise<accessV1.ListApiKeysResponse> => {
    const { keys, nextPageToken } = await manage.list(call.caller, request.pageSize, request.pageToken);
    return { apiKeys: keys.map(keyToProto), nextPageToken };
  };
