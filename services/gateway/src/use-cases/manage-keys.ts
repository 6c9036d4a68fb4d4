import type { Clock } from '@throughline/core';
import { invalidField, Refusal } from '@throughline/core';
import type { ApiKey } from '../domain/api-key';
import { formatApiKey, rotated } from '../domain/api-key';
import type { Caller } from '../domain/caller';
import { notHeld } from '../domain/scopes';
import type { ApiKeyStore, AskedRequest, KeyPage, Secrets } from './ports';

export interface Shown {
  key: ApiKey;
  /** Whole key with its secret; empty in the answer to a repeated request. */
  text: string;
}

export interface ManageKeys {
  create(
    caller: Caller,
    wish: { displayName: string; scopes: string[]; expiresAt?: Date | undefined },
    asked?: AskedRequest,
  ): Promise<Shown>;
  rotate(caller: Caller, id: string, overlapSeconds: number, asked?: AskedRequest): Promise<Shown>;
  revoke(caller: Caller, id: string): Promise<ApiKey>;
  list(caller: Caller, pageSize: number, pageToken: string): Promise<KeyPage>;
  /** The key that calls. */
  own(caller: Caller): Promise<ApiKey>;
}

const unknownKey = (id: string) =>
  new Refusal('not_found', 'API_KEY_NOT_FOUND', 'There is no such API key.', { metadata: { id } });

/** What an administrator does with keys, always within the tenant of the calling key. */
export const createManageKeys = (deps: {
  keys: ApiKeyStore;
  secrets: Secrets;
  clock: Clock;
  forget: (id: string) => void;
}): ManageKeys => {
  const { keys, secrets, clock, forget } = deps;
  const ownKey = async (tenantId: string, id: string): Promise<ApiKey> => {
    const key = await keys.find(id);
    // A key of another tenant is answered like none at all.
    if (!key || key.tenantId !== tenantId) throw unknownKey(id);
    return key;
  };
  return {
    async create(caller, { displayName, scopes, expiresAt }, asked) {
      const earlier = asked && (await keys.findAsked(caller.tenantId, asked));
      if (earlier) return { key: earlier, text: '' };
      const beyond = notHeld(caller.scopes, scopes);
      if (beyond.length > 0) {
        throw new Refusal(
          'denied',
          'SCOPE_NOT_HELD',
          `A key can only hand on its own scopes, not ${beyond.join(', ')}.`,
        );
      }
      if (expiresAt && expiresAt.getTime() <= clock.now())
        throw invalidField('expires_at', 'future', 'must lie in the future');
      const secret = secrets.newSecret();
      const id = secrets.newKeyId();
      const key: ApiKey = {
        id,
        tenantId: caller.tenantId,
        displayName,
        scopes: [...new Set(scopes)],
        secrets: [{ hash: secrets.hash(secret) }],
        createdAt: new Date(clock.now()),
        expiresAt,
      };
      if (await keys.insert(key, asked)) return { key, text: formatApiKey(id, secret) };
      const other = asked && (await keys.findAsked(caller.tenantId, asked));
      if (!other) throw new Refusal('conflict', 'API_KEY_CONFLICT', 'The key was made by another request; try again.');
      return { key: other, text: '' };
    },
    async rotate(caller, id, overlapSeconds, asked) {
      const earlier = asked && (await keys.findAsked(caller.tenantId, asked));
      if (earlier) return { key: earlier, text: '' };
      const key = await ownKey(caller.tenantId, id);
      if (key.revokedAt) throw new Refusal('precondition', 'API_KEY_REVOKED', 'A revoked key cannot be rotated.');
      const beyond = notHeld(caller.scopes, key.scopes);
      if (beyond.length > 0) {
        throw new Refusal(
          'denied',
          'SCOPE_NOT_HELD',
          `The key holds scopes the caller does not: ${beyond.join(', ')}.`,
        );
      }
      const secret = secrets.newSecret();
      const next = rotated(key.secrets, secrets.hash(secret), clock.now(), overlapSeconds);
      const changed = await keys.rotate(key, next, asked);
      if (!changed) throw new Refusal('conflict', 'API_KEY_CONFLICT', 'The key changed meanwhile; try again.');
      forget(id);
      return { key: changed, text: formatApiKey(id, secret) };
    },
    async revoke(caller, id) {
      const key = await keys.revoke(caller.tenantId, id, new Date(clock.now()));
      if (!key) throw unknownKey(id);
      forget(id);
      return key;
    },
    list: (caller, pageSize, pageToken) => keys.list(caller.tenantId, pageSize || 50, pageToken),
    own: (caller) => ownKey(caller.tenantId, caller.subject),
  };
};
