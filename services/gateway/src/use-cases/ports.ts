import type { ApiKey, KeySecret } from '../domain/api-key';
import type { AuditedCall, AuditRecord, Ending } from '../domain/audit';
import type { Caller } from '../domain/caller';

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

/** How one call of a service is made. */
export interface BackendCall {
  metadata?: Record<string, string | undefined> | undefined;
  /** Milliseconds since 1970. */
  deadline?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called once when the service has accepted a stream. */
  onOpen?: (() => void) | undefined;
}

/** A service behind the gateway: bytes in, bytes out, never decoded on the way. */
export interface BackendClient {
  unary(path: string, request: Buffer, call?: BackendCall): Promise<Buffer>;
  stream(path: string, request: Buffer, call?: BackendCall): AsyncIterable<Buffer>;
}

export interface Backends {
  /** True when some backend serves the service of this full name. */
  serves(typeName: string): boolean;
  /** Refuses when none does. */
  clientOf(typeName: string): BackendClient;
  close(): void;
}

export interface AuditFilter {
  actorId: string;
  resource: string;
  since?: Date | undefined;
  before?: Date | undefined;
}

export interface AuditPage {
  records: AuditRecord[];
  nextPageToken: string;
}

/** The end of a tenant's records at some time. */
export interface AuditAnchor {
  seq: number;
  seal: string;
}

export interface AuditVerdict {
  checked: number;
  through: number;
  complete: boolean;
  faults: { kind: string; seq: number; text: string }[];
  anchor: AuditAnchor;
}

/** The tamper-evident list of calls that may have changed something, by tenant. */
export interface AuditTrail {
  /** Makes durable that a call is about to be made; refuses when it cannot. */
  open(call: AuditedCall): Promise<void>;
  /** Its record follows soon. A call that is never closed gets one that says UNKNOWN. */
  close(call: AuditedCall, ending: Ending): void;
  list(tenantId: string, filter: AuditFilter, pageSize: number, pageToken: string): Promise<AuditPage>;
  verify(tenantId: string, from: { afterSeq: number; most: number; anchor?: AuditAnchor }): Promise<AuditVerdict>;
}
