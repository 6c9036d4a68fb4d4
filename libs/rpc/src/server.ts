import type {
  Server,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Metadata, status } from '@grpc/grpc-js';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { Refusal } from '@throughline/core';
import type { Telemetry } from '@throughline/telemetry';
import { contextFromTraceparent } from '@throughline/telemetry';
import { CALLER_METADATA, createCallerVerifier } from './caller-token';
import { addHealth } from './health';
import { bind, createServer, shutdown } from './listening';
import { reflectionService } from './reflection';
import { contractRegistry } from './registry';
import { refusalOf, toStatus } from './status';
import { drained, openWhenQuiet } from './streaming';
import type { AnyMethod, Call, Caller, Definition, RpcService } from './types';
import { Encoded } from './types';
import { createValidator } from './validation';

export interface RpcServerOptions {
  port: number;
  host?: string | undefined;
  telemetry: Telemetry;
  /** Ed25519 public key (SPKI, base64) that caller tokens are checked with. */
  callerPublicKey: string;
  services: RpcService[];
  maxMessageBytes?: number | undefined;
}

export interface RpcServer {
  port: number;
  stop(): Promise<void>;
}

const READ = /^(Get|List|Watch|Resolve|DryRun)/;
const LONGEST_MS = 60_000;

/** Bytes that are no message: kept as a value so that the wrapper can answer INVALID_ARGUMENT instead of a bare 13. */
class Undecoded {
  constructor(readonly why: string) {}
}

const malformed = (why: string) =>
  new Refusal('invalid', 'MALFORMED_MESSAGE', `request: not a protobuf message of this type (${why})`, {
    violations: [{ field: 'request', rule: 'protobuf', description: why }],
  });

function guarded(method: AnyMethod): AnyMethod {
  return {
    ...method,
    requestDeserialize: (bytes: Buffer) => {
      try {
        return method.requestDeserialize(bytes);
      } catch (error) {
        return new Undecoded((error as Error).message.slice(0, 200));
      }
    },
    responseSerialize: (value: unknown) => (value instanceof Encoded ? value.bytes : method.responseSerialize(value)),
  };
}

interface Incoming {
  metadata: Metadata;
  request: unknown;
  getDeadline(): Date | number;
}

const metadataText = (metadata: Metadata, name: string): string | undefined => {
  const value = metadata.get(name)[0];
  return value === undefined ? undefined : value.toString();
};

function deadlineOf(call: Incoming, name: string): Date {
  const given = Number(call.getDeadline());
  const now = Date.now();
  if (Number.isFinite(given)) return new Date(Math.min(given, now + LONGEST_MS));
  return new Date(now + (READ.test(name) ? 5_000 : 10_000));
}

/** Validates a request, establishes the caller, and hands both to the handler. */
function createGate(options: RpcServerOptions, verify: (token: string | undefined) => Caller, path: string) {
  const [, service = '', name = ''] = path.split('/');
  const desc = contractRegistry()
    .getService(service)
    ?.methods.find((entry) => entry.name === name);
  if (!desc) throw new Error(`the contract has no method ${path}`);
  const validate = createValidator(desc.input.typeName);
  const calls = options.telemetry.meter.createHistogram('rpc.server.call.duration', { unit: 'ms' });
  return {
    name,
    enter(call: Incoming, abort: AbortController, stream: boolean): Call {
      const caller = verify(metadataText(call.metadata, CALLER_METADATA));
      if (call.request instanceof Undecoded) throw malformed(call.request.why);
      validate(call.request);
      return {
        caller,
        requestId: metadataText(call.metadata, 'x-request-id'),
        lastEventId: metadataText(call.metadata, 'x-last-event-id'),
        // Made when somebody asks for it: few calls do.
        get signal() {
          return abort.signal;
        },
        deadline: stream ? new Date(8.64e15) : deadlineOf(call, name),
      };
    },
    /** A span only when the caller is traced or the sampler picks this call; its cost is then known to be wanted. */
    span: (metadata: Metadata) =>
      options.telemetry.tracer.startSpan(
        path.slice(1),
        { kind: SpanKind.SERVER, attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': name } },
        contextFromTraceparent(metadataText(metadata, 'traceparent')),
      ),
    done(started: number, code: status) {
      calls.record(performance.now() - started, { 'rpc.method': `${service}/${name}`, 'rpc.grpc.status_code': code });
    },
    failure(error: unknown) {
      const refusal = refusalOf(error);
      if (refusal) return toStatus(refusal);
      options.telemetry.log.error({ err: error, method: path }, 'a call failed for a reason nobody foresaw');
      return { code: status.INTERNAL, details: 'internal error; see the log of the service', metadata: new Metadata() };
    },
  };
}

type Gate = ReturnType<typeof createGate>;

function unary(gate: Gate, handle: (request: never, call: Call) => unknown) {
  return async (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    const started = performance.now();
    const span = gate.span(call.metadata);
    const abort = new AbortController();
    const onCancel = () => abort.abort();
    call.once('cancelled', onCancel);
    let code = status.OK;
    try {
      const context = gate.enter(call as unknown as Incoming, abort, false);
      callback(null, await handle(call.request as never, context));
    } catch (error) {
      const failure = gate.failure(error);
      code = failure.code;
      if (code === status.INTERNAL) span.setStatus({ code: SpanStatusCode.ERROR });
      callback(failure as never);
    } finally {
      call.removeListener('cancelled', onCancel);
      span.end();
      gate.done(started, code);
    }
  };
}

function streaming(gate: Gate, handle: (request: never, call: Call) => unknown) {
  return async (call: ServerWritableStream<unknown, unknown>) => {
    const started = performance.now();
    const span = gate.span(call.metadata);
    const abort = new AbortController();
    call.once('cancelled', () => abort.abort());
    let code = status.OK;
    try {
      const context = gate.enter(call as unknown as Incoming, abort, true);
      for await (const item of openWhenQuiet(call, handle(call.request as never, context) as AsyncIterable<unknown>)) {
        if (abort.signal.aborted) break;
        if (!call.write(item)) await drained(call, abort.signal);
      }
      call.end();
    } catch (error) {
      const failure = gate.failure(error);
      code = failure.code;
      // A stream of grpc-js answers with its status only through an error event.
      if (!abort.signal.aborted) call.emit('error', failure);
    } finally {
      span.end();
      gate.done(started, code);
    }
  };
}

function addService(
  server: Server,
  options: RpcServerOptions,
  verify: (token: string | undefined) => Caller,
  service: RpcService,
) {
  const definition: Record<string, AnyMethod> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [key, method] of Object.entries(service.definition)) {
    const handle = service.handlers[key];
    if (!handle) throw new Error(`no handler for ${method.path}`);
    const gate = createGate(options, verify, method.path);
    definition[key] = guarded(method as AnyMethod);
    implementation[key] = method.responseStream ? streaming(gate, handle) : unary(gate, handle);
  }
  server.addService(definition as Definition, implementation);
}

/** Starts a gRPC server: caller, validation, deadlines, status details, health and reflection for every service. */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const server = createServer(options.maxMessageBytes);
  const verify = createCallerVerifier(options.callerPublicKey);
  for (const service of options.services) addService(server, options, verify, service);
  const names = options.services.map(({ definition }) => Object.values(definition)[0]!.path.split('/')[1]!);
  for (const { definition, implementation } of reflectionService(names)) server.addService(definition, implementation);
  addHealth(server, names);
  const port = await bind(server, options.host, options.port);
  return { port, stop: () => shutdown(server) };
}
