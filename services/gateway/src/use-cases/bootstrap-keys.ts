import type { Clock } from '@throughline/core';
import { parseApiKey } from '../domain/api-key';
import type { ApiKeyStore, Secrets } from './ports';

export interface BootstrapWish {
  tenantId: string;
  key?: string | undefined;
  id?: string | undefined;
  secretSha256?: string | undefined;
  scopes: string[];
  displayName: string;
}

const identityOf = (wish: BootstrapWish, secrets: Pick<Secrets, 'hash'>): { id: string; hash: string } => {
  if (wish.key === undefined) return { id: wish.id!, hash: wish.secretSha256! };
  const parsed = parseApiKey(wish.key);
  if (!parsed) throw new Error('GATEWAY_BOOTSTRAP_KEYS: a key must read tl_<id>_<secret>');
  return { id: parsed.id, hash: secrets.hash(parsed.secret) };
};

/** Makes the keys named in the settings unless they exist. A key that was changed or revoked since stays as it is. */
export const bootstrapKeys = async (
  wishes: BootstrapWish[],
  deps: { keys: ApiKeyStore; secrets: Pick<Secrets, 'hash'>; clock: Clock },
): Promise<void> => {
  for (const wish of wishes) {
    const { id, hash } = identityOf(wish, deps.secrets);
    if (await deps.keys.find(id)) continue;
    const { tenantId, scopes, displayName } = wish;
    const createdAt = new Date(deps.clock.now());
    await deps.keys.insert({ id, tenantId, displayName, scopes, secrets: [{ hash }], createdAt }, undefined);
  }
};
