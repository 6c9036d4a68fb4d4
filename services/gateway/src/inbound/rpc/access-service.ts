import { accessV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import type { ManageKeys } from '../../use-cases/manage-keys';
import { createApiKey } from './create-api-key';
import { getCaller } from './get-caller';
import { listApiKeys } from './list-api-keys';
import { revokeApiKey } from './revoke-api-key';
import { rotateApiKey } from './rotate-api-key';

export const accessService = (keys: ManageKeys): RpcService =>
  implement(accessV1.AccessServiceService, {
    createApiKey: createApiKey(keys),
    listApiKeys: listApiKeys(keys),
    revokeApiKey: revokeApiKey(keys),
    rotateApiKey: rotateApiKey(keys),
    getCaller: getCaller(keys),
  });
