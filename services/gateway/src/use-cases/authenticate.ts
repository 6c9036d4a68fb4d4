import type { Clock } from '@throughline/core';
import { Refusal } from '@throughline/core';
import { LRUCache } from 'lru-cache';
import type { ApiKey } from '../domain/api-key';
import { activeHashes, faultOf, parseApiKey } from '../domain/api-key';
import type { Caller } from '../domain/caller';
import type { ApiKeyStore, Secrets, SignCaller } from './ports';

export interface Authenticated {
  caller: Caller;
  /** Signed statement of who calls, for the services. */
  token: string;
}

export interface Authenticator {
  /** From the value of `Authorization`; throws an `unauthenticated` Refusal. */
  authenticate(authorization: string | undefined): Promise<Authenticated>;
  /** Forgets what is remembered of a key, so that a change shows at once. */
  forget(id: string): void;
  /** Uses since the last call. */
  takeUses(): Map<string, Date>;
}

interface Remembered {
  key: ApiKey | undefined;
  readAt: number;
  refreshing?: Promise<void> | undefined;
  token?: string;
  signedAt: number;
}

/** A revocation elsewhere is seen after this long. */
const FRESH_MS = 2_000;
/** While the database is away, keys seen lately go on working for at most this long. */
const STALE_MS = 55_000;
/** Tokens live 60 s; one is used for half of that, so that each arrives with time to spare. */
const TOKEN_MS = 25_000;

const no = (reason: string, message: string) => new Refusal('unauthenticated', reason, message);

const bearer = (authorization: string | undefined): string => {
  if (!authorization) throw no('CREDENTIALS_MISSING', 'Send the API key as "Authorization: Bearer tl_…".');
  const [scheme, token, ...rest] = authorization.split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
    throw no('CREDENTIALS_MALFORMED', 'Authorization must read "Bearer tl_<id>_<secret>".');
  }
  return token;
};

/** Checks API keys against the store, remembering what it read for two seconds. */
export const createAuthenticator = (deps: {
  keys: Pick<ApiKeyStore, 'find'>;
  secrets: Pick<Secrets, 'hash' | 'equal'>;
  sign: SignCaller;
  clock: Clock;
}): Authenticator => {
  const { keys, secrets, sign, clock } = deps;
  const remembered = new LRUCache<string, Remembered>({ max: 20_000 });
  const uses = new Map<string, Date>();

  const refresh = async (id: string, entry: Remembered): Promise<void> => {
    try {
      const key = await keys.find(id);
      if (JSON.stringify(key?.scopes) !== JSON.stringify(entry.key?.scopes)) entry.signedAt = 0;
      entry.key = key;
      entry.readAt = clock.now();
    } catch (error) {
      if (clock.now() - entry.readAt > STALE_MS) throw error;
    } finally {
      entry.refreshing = undefined;
    }
  };

  const entryOf = async (id: string): Promise<Remembered> => {
    let entry = remembered.get(id);
    if (!entry) {
      entry = { key: undefined, readAt: Number.NEGATIVE_INFINITY, signedAt: 0 };
      remembered.set(id, entry);
    }
    if (clock.now() - entry.readAt > FRESH_MS) {
      entry.refreshing ??= refresh(id, entry);
      await entry.refreshing;
    }
    return entry;
  };

  const tokenOf = (entry: Remembered, caller: Caller, now: number): string => {
    if (!entry.token || now - entry.signedAt > TOKEN_MS) {
      entry.token = sign(caller);
      entry.signedAt = now;
    }
    return entry.token;
  };

  return {
    async authenticate(authorization) {
      const parsed = parseApiKey(bearer(authorization));
      if (!parsed) throw no('CREDENTIALS_MALFORMED', 'The API key must read tl_<id>_<secret>.');
      const entry = await entryOf(parsed.id);
      const { key } = entry;
      const now = clock.now();
      const hash = secrets.hash(parsed.secret);
      // Unknown key and wrong secret get the same answer: ids must not be guessable one by one.
      if (!key || !activeHashes(key, now).some((one) => secrets.equal(one, hash))) {
        throw no('API_KEY_UNKNOWN', 'The API key is not known.');
      }
      const fault = faultOf(key, now);
      if (fault) throw no(`API_KEY_${fault}`, `The API key is ${fault.toLowerCase()}.`);
      uses.set(key.id, new Date(now));
      const caller: Caller = { tenantId: key.tenantId, subject: key.id, kind: 'api-key', scopes: key.scopes };
      return { caller, token: tokenOf(entry, caller, now) };
    },
    forget: (id) => void remembered.delete(id),
    takeUses() {
      const taken = new Map(uses);
      uses.clear();
      return taken;
    },
  };
};
