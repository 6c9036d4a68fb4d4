import type { accessV1 } from '@throughline/proto';
import type { ApiKey } from '../../domain/api-key';

export const keyToProto = (key: ApiKey): accessV1.ApiKey => ({
  id: key.id,
  displayName: key.displayName,
  scopes: key.scopes,
  createdAt: key.createdAt,
  expiresAt: key.expiresAt,
  revokedAt: key.revokedAt,
  lastUsedAt: key.lastUsedAt,
});
