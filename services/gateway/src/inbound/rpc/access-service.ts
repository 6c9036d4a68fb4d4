import { accessV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import type { ManageKeys } from '../../use-cases/manage-keys';
import type { AuditTrail } from '../../use-cases/ports';
import { createApiKey } from './create-api-key';
import { getCaller } from './get-caller';
import { listApiKeys } from './list-api-keys';
import { listAuditRecords } from './list-audit-records';
import { revokeApiKey } from './revoke-api-key';
import { rotateApiKey } from './rotate-api-key';
import { verifyAudit } from './verify-audit';

export const accessService = (keys: ManageKeys, trail: Pick<AuditTrail, 'list' | 'verify'>): RpcService =>
  implement(accessV1.AccessServiceService, {
    createApiKey: createApiKey(keys),
    listApiKeys: listApiKeys(keys),
    revokeApiKey: revokeApiKey(keys),
    rotateApiKey: rotateApiKey(keys),
    getCaller: getCaller(keys),
    listAuditRecords: listAuditRecords(trail),
    verifyAudit: verifyAudit(trail),
  });
