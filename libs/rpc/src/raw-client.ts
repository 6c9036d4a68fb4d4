import type { ClientReadableStream, Metadata as MetadataType, ServiceError } from '@grpc/grpc-js';
import { Client, credentials, Metadata } from '@grpc/grpc-js';

export interface RawCallOptions {
  metadata?: Record<string, string | undefined> | undefined;
  /** Milliseconds since 1970; a stream without one lives until an end is cut. */
  deadline?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called once when the service has accepted a stream, also when it has nothing to say yet. */
  onOpen?: (() => void) | undefined;
}

/** Calls of any method by path, bytes in and bytes out: relays never decode what they pass on. */
export interface RawClient {
  unary(path: string, request: Buffer, options?: RawCallOptions): Promise<Buffer>;
  stream(path: string, request: Buffer, options?: RawCallOptions): AsyncIterable<Buffer>;
  close(): void;
}

const same = (bytes: Buffer): Buffer => bytes;

const metadataFrom = (values: RawCallOptions['metadata']): MetadataType => {
  const metadata = new Metadata();
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) metadata.set(name, value);
  }
  return metadata;
};

// No retry policy: what a service may have begun is never sent again by itself. A call that a draining server refused before
// any of its code saw it goes to the next one, which is what grpc-js does unless retries are switched off.
const channelOptions = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  'grpc.max_receive_message_length': 16 * 1024 * 1024,
  'grpc.max_send_message_length': 16 * 1024 * 1024,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

const unary = (client: Client, path: string, request: Buffer, options: RawCallOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const { signal, deadline } = options;
    const running = client.makeUnaryRequest(
      path,
      same,
      same,
      request,
      metadataFrom(options.metadata),
      deadline === undefined ? {} : { deadline },
      (error: ServiceError | null, answer?: Buffer) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(answer!);
      },
    );
    const cancel = () => running.cancel();
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
  });

async function* items(stream: ClientReadableStream<Buffer>, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const cancel = () => stream.cancel();
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    signal?.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

/** A client of one address. Errors are those of gRPC, details included, so that they can be passed on. */
export const createRawClient = (address: string): RawClient => {
  const client = new Client(address, credentials.createInsecure(), channelOptions);
  return {
    unary: (path, request, options = {}) => unary(client, path, request, options),
    stream(path, request, options = {}) {
      const { deadline, onOpen } = options;
      const until = deadline === undefined ? {} : { deadline };
      const stream = client.makeServerStreamRequest(path, same, same, request, metadataFrom(options.metadata), until);
      if (onOpen) stream.once('metadata', onOpen);
      return items(stream, options.signal);
    },
    close: () => client.close(),
  };
};
