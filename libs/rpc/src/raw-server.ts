import type { ServerUnaryCall, ServerWritableStream, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { Metadata, status } from '@grpc/grpc-js';
import { groupBy } from '@throughline/core';
import type { Telemetry } from '@throughline/telemetry';
import { addHealth } from './health';
import { bind, createServer, shutdown } from './listening';
import { reflectionService } from './reflection';
import type { RpcServer } from './server';
import { DETAILS, refusalOf, toStatus } from './status';
import { drained, openWhenQuiet } from './streaming';
import type { AnyMethod, Definition } from './types';

export interface RawMethod {
  /** `/package.Service/Method`. */
  path: string;
  responseStream: boolean;
}

/** A call whose bytes are passed on. */
export interface RawCall {
  path: string;
  request: Buffer;
  metadata(name: string): string | undefined;
  /** Milliseconds since 1970, when the client gave one. */
  deadline?: number | undefined;
  signal: AbortSignal;
  peer: string;
}

export interface RawServerOptions {
  port: number;
  host?: string | undefined;
  telemetry: Telemetry;
  methods: RawMethod[];
  unary(call: RawCall): Promise<Buffer>;
  stream(call: RawCall): AsyncIterable<Buffer>;
  maxMessageBytes?: number | undefined;
}

const same = (bytes: Buffer): Buffer => bytes;

type GrpcCall = Pick<ServerUnaryCall<Buffer, Buffer>, 'request' | 'metadata' | 'getDeadline' | 'getPeer'>;

const rawCall = (path: string, call: GrpcCall, signal: AbortSignal): RawCall => {
  const deadline = Number(call.getDeadline());
  return {
    path,
    request: call.request,
    metadata: (name) => call.metadata.get(name)[0]?.toString(),
    deadline: Number.isFinite(deadline) ? deadline : undefined,
    signal,
    peer: call.getPeer(),
  };
};

const failureOf = (error: unknown, path: string, telemetry: Telemetry) => {
  const passed = error as { code?: unknown; details?: unknown; metadata?: Metadata };
  if (typeof passed?.code === 'number' && typeof passed.details === 'string') {
    const metadata = new Metadata();
    for (const value of passed.metadata?.get(DETAILS) ?? []) metadata.add(DETAILS, value);
    return { code: passed.code as status, details: passed.details, metadata };
  }
  const refusal = refusalOf(error);
  if (refusal) return toStatus(refusal);
  telemetry.log.error({ err: error, method: path }, 'a relayed call failed for a reason nobody foresaw');
  return { code: status.INTERNAL, details: 'internal error; see the log of the service', metadata: new Metadata() };
};

const unary =
  (path: string, options: RawServerOptions) =>
  async (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
    const abort = new AbortController();
    const onCancel = () => abort.abort();
    call.once('cancelled', onCancel);
    try {
      callback(null, await options.unary(rawCall(path, call, abort.signal)));
    } catch (error) {
      callback(failureOf(error, path, options.telemetry));
    } finally {
      call.removeListener('cancelled', onCancel);
    }
  };

const streaming = (path: string, options: RawServerOptions) => async (call: ServerWritableStream<Buffer, Buffer>) => {
  const abort = new AbortController();
  call.once('cancelled', () => abort.abort());
  try {
    for await (const item of openWhenQuiet(call, options.stream(rawCall(path, call, abort.signal)))) {
      if (abort.signal.aborted) break;
      if (!call.write(item)) await drained(call, abort.signal);
    }
    call.end();
  } catch (error) {
    if (!abort.signal.aborted) call.emit('error', failureOf(error, path, options.telemetry));
  }
};

/** A server that relays the bytes of every given method, with reflection and health of its own. */
export const startRawServer = async (options: RawServerOptions): Promise<RpcServer> => {
  const server = createServer(options.maxMessageBytes);
  const services = groupBy(options.methods, ({ path }) => path.split('/')[1]!);
  for (const methods of services.values()) {
    const definition: Record<string, AnyMethod> = {};
    const implementation: UntypedServiceImplementation = {};
    for (const { path, responseStream } of methods) {
      const name = path.split('/')[2]!;
      definition[name] = {
        path,
        requestStream: false,
        responseStream,
        requestSerialize: same as never,
        requestDeserialize: same,
        responseSerialize: same as never,
        responseDeserialize: same,
      };
      implementation[name] = responseStream ? streaming(path, options) : unary(path, options);
    }
    server.addService(definition as Definition, implementation);
  }
  const names = [...services.keys()];
  for (const { definition, implementation } of reflectionService(names)) server.addService(definition, implementation);
  addHealth(server, names);
  const port = await bind(server, options.host, options.port);
  return { port, stop: () => shutdown(server) };
};
