import type { ServiceError } from '@grpc/grpc-js';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { activeTraceparent } from '@throughline/telemetry';
import { CALLER_METADATA } from './caller-token';
import { fromServiceError } from './status';
import type { AnyMethod, CallOptions, ClientOf, Definition } from './types';

export interface ClientOptions {
  /** Gives the signed caller token for each call. */
  caller?: (() => string) | undefined;
  metadata?: Record<string, string> | undefined;
  /** Milliseconds; 5,000 by default. */
  deadlineMs?: number | undefined;
}

function metadataFor(options: ClientOptions, call: CallOptions | undefined): Metadata {
  const metadata = new Metadata();
  if (options.caller) metadata.set(CALLER_METADATA, options.caller());
  for (const [name, value] of Object.entries({ ...options.metadata, ...call?.metadata })) metadata.set(name, value);
  const traceparent = activeTraceparent();
  if (traceparent) metadata.set('traceparent', traceparent);
  return metadata;
}

function unaryCall(client: Client, method: AnyMethod, options: ClientOptions) {
  return (request: unknown, call?: CallOptions) =>
    new Promise((resolve, reject) => {
      const deadline = Date.now() + (call?.deadlineMs ?? options.deadlineMs ?? 5_000);
      const running = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadataFor(options, call),
        { deadline },
        (error: ServiceError | null, response?: unknown) =>
          error ? reject(fromServiceError(error)) : resolve(response),
      );
      call?.signal?.addEventListener('abort', () => running.cancel(), { once: true });
    });
}

function streamCall(client: Client, method: AnyMethod, options: ClientOptions) {
  return (request: unknown, call?: CallOptions) => {
    const deadline = call?.deadlineMs ? { deadline: Date.now() + call.deadlineMs } : {};
    const stream = client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadataFor(options, call),
      deadline,
    );
    call?.signal?.addEventListener('abort', () => stream.cancel(), { once: true });
    const items = async function* () {
      try {
        for await (const item of stream) yield item;
      } catch (error) {
        throw fromServiceError(error as ServiceError);
      } finally {
        stream.cancel();
      }
    };
    return Object.assign(items(), { cancel: () => stream.cancel() });
  };
}

/** Typed calls of one service with a deadline on each; errors come back as the Refusal the service threw. */
export function createClient<D extends object>(
  definition: D,
  address: string,
  options: ClientOptions = {},
): ClientOf<D> {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
  });
  const calls: Record<string, unknown> = { close: () => client.close() };
  for (const [key, method] of Object.entries(definition as Definition)) {
    const make = method.responseStream ? streamCall : unaryCall;
    calls[key] = make(client, method as AnyMethod, options);
  }
  return calls as ClientOf<D>;
}
