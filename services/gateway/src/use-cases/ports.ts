import type { Caller } from '@throughline/rpc';
import type { ApiKey, KeySecret } from '../domain/api-key';

/** A request already answered, kept with the key it changed. */
export interface AskedRequest {
  id: string;
  fingerprint: string;
}

export interface KeyPage {
  keys: ApiKey[];
  nextPageToken: string;
}

/** Where API keys live. */
export interface ApiKeyStore {
  find(id: string): Promise<ApiKey | undefined>;
  /** The key this request made before; refuses a request id that was used with another body. */
  findAsked(tenantId: string, asked: AskedRequest): Promise<ApiKey | undefined>;
  /** False when the same request was answered by somebody else meanwhile. */
  insert(key: ApiKey, asked: AskedRequest | undefined): Promise<boolean>;
  list(tenantId: string, pageSize: number, pageToken: string): Promise<KeyPage>;
  /** Sets `revokedAt` unless it is set; undefined when the tenant has no such key. */
  revoke(tenantId: string, id: string, at: Date): Promise<ApiKey | undefined>;
  /** Writes the secrets if they are still those of `from`; undefined when somebody was faster. */
  rotate(from: ApiKey, secrets: KeySecret[], asked: AskedRequest | undefined): Promise<ApiKey | undefined>;
  markUsed(uses: Map<string, Date>): Promise<void>;
}

/** Makes secrets and their hashes. */
export interface Secrets {
  newKeyId(): string;
  newSecret(): string;
  hash(secret: string): string;
  equal(left: string, right: string): boolean;
}

export type SignCaller = (caller: Caller) => string;
