import type { MethodDefinition, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';

/** Who calls, as the gateway stated it in the signed caller token. */
export interface Caller {
  tenantId: string;
  /** Id of the key, user or service. */
  subject: string;
  kind: 'api-key' | 'service' | 'user';
  scopes: string[];
}

/** What a handler knows about its call beside the request. */
export interface Call {
  caller: Caller;
  /** Idempotency key given as metadata; a request's own `request_id` wins. */
  requestId?: string | undefined;
  /** Aborts when the caller goes away or the deadline passes. */
  signal: AbortSignal;
  deadline: Date;
  /** Resume point of a stream that was cut. */
  lastEventId?: string | undefined;
}

/** An answer whose bytes exist already: hot reads concatenate stored bytes instead of decoding and encoding. */
export class Encoded {
  constructor(readonly bytes: Buffer) {}
}

export const encoded = (bytes: Buffer): Encoded => new Encoded(bytes);

type RequestOf<M> = M extends { requestSerialize: (value: infer R) => Buffer } ? R : never;
type ResponseOf<M> = M extends { responseSerialize: (value: infer R) => Buffer } ? R : never;

/** Handlers of one service: a promise for a unary call, an async iterable for a server stream. */
export type Handlers<D> = {
  [K in keyof D]: D[K] extends { responseStream: true }
    ? (request: RequestOf<D[K]>, call: Call) => AsyncIterable<ResponseOf<D[K]>>
    : (request: RequestOf<D[K]>, call: Call) => Promise<ResponseOf<D[K]> | Encoded>;
};

/** Typed calls of one service. */
export type ClientOf<D> = {
  [K in keyof D]: D[K] extends { responseStream: true }
    ? (request: RequestOf<D[K]>, options?: CallOptions) => AsyncIterable<ResponseOf<D[K]>> & { cancel(): void }
    : (request: RequestOf<D[K]>, options?: CallOptions) => Promise<ResponseOf<D[K]>>;
} & { close(): void };

export interface CallOptions {
  /** Milliseconds from now; 5,000 by default for unary calls, none for streams. */
  deadlineMs?: number | undefined;
  metadata?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
}

export type Definition = ServiceDefinition<UntypedServiceImplementation>;
export type AnyMethod = MethodDefinition<unknown, unknown>;

/** A service definition with its handlers. */
export interface RpcService {
  definition: Definition;
  handlers: Record<string, (request: never, call: Call) => unknown>;
}

/** Binds handlers to a generated service definition. */
export function implement<D>(definition: D, handlers: Handlers<D>): RpcService {
  return { definition: definition as Definition, handlers: handlers as RpcService['handlers'] };
}
