import { Refusal } from '@throughline/core';
import type { RawCall, RpcServer } from '@throughline/rpc';
import { startRawServer } from '@throughline/rpc';
import type { Telemetry } from '@throughline/telemetry';
import type { ApiMethod } from '../../contract/methods';
import { resourceOfBytes } from '../../contract/resource';
import { shownId } from '../../domain/audit';
import type { Facts } from '../../facts';
import type { Admit } from '../../use-cases/admit';
import { permit } from '../../use-cases/admit';
import type { Audit } from '../../use-cases/audit';
import type { Authenticator } from '../../use-cases/authenticate';
import { deadlineFor } from '../../use-cases/deadlines';
import type { Backends } from '../../use-cases/ports';
import { requestKey } from '../../use-cases/request-key';
import type { Shedder } from '../../use-cases/shed-load';
import type { Streams } from '../../use-cases/streams';

export interface FrontDoorDeps {
  port: number;
  host?: string | undefined;
  telemetry: Telemetry;
  methods: ApiMethod[];
  admit: Admit;
  audit: Audit;
  /** Hash of an id that may be personal. */
  hide: (id: string) => string;
  authenticator: Authenticator;
  backends: Backends;
  shedder: Shedder;
  streams: Streams;
  facts: Facts;
  checkMs: number;
}

const MAX_REQUEST = 1024 * 1024;

const address = (peer: string): string => peer.replace(/:\d+$/, '');

const codeOf = (error: unknown): string =>
  String((error as { code?: unknown }).code ?? (error as { kind?: unknown }).kind ?? 'internal');

/** Admits a call and gives the metadata for the service behind: nothing else of the caller's goes through. */
const admitted = async (call: RawCall, method: ApiMethod, deps: FrontDoorDeps) => {
  const authorization = call.metadata('authorization');
  const { caller, token } = await deps.admit({ authorization, method, peer: address(call.peer) });
  const metadata = {
    'x-throughline-caller': token,
    'x-request-id': requestKey(call.metadata('x-request-id') ?? call.metadata('idempotency-key'), method.read),
    'x-last-event-id': call.metadata('x-last-event-id')?.slice(0, 512),
    traceparent: call.metadata('traceparent')?.slice(0, 128),
  };
  return { caller, metadata };
};

type Admission = Awaited<ReturnType<typeof admitted>>;

const relay = async (call: RawCall, method: ApiMethod, admission: Admission, deps: FrontDoorDeps): Promise<Buffer> => {
  const { caller, metadata } = admission;
  permit(caller, method);
  deps.shedder.enter();
  try {
    const client = deps.backends.clientOf(method.service.typeName);
    const deadline = deadlineFor(method.read, Date.now(), call.deadline);
    return await client.unary(call.path, call.request, { metadata, deadline, signal: call.signal });
  } finally {
    deps.shedder.leave();
  }
};

/** Relays with a record in the audit trail when the call may change something. */
const relayUnary = async (call: RawCall, method: ApiMethod, deps: FrontDoorDeps): Promise<Buffer> => {
  const at = new Date();
  const admission = await admitted(call, method, deps);
  const run = () => relay(call, method, admission, deps);
  if (!method.audited) return run();
  const { tenantId, subject, kind } = admission.caller;
  const audited = {
    at,
    tenantId,
    actorKind: kind,
    actorId: subject,
    door: 'grpc' as const,
    method: method.path,
    resource: resourceOfBytes(method, call.request, deps.hide),
    requestId: shownId(admission.metadata['x-request-id'] ?? '', deps.hide),
  };
  return deps.audit(audited, run);
};

async function* relayStream(call: RawCall, method: ApiMethod, deps: FrontDoorDeps): AsyncGenerator<Buffer> {
  const { caller, metadata } = await admitted(call, method, deps);
  permit(caller, method);
  const { signal, close } = deps.streams.open(caller.subject);
  let refused: unknown;
  const check = setInterval(() => {
    deps.authenticator.authenticate(call.metadata('authorization')).catch((error: unknown) => {
      refused = error;
      close();
    });
  }, deps.checkMs);
  call.signal.addEventListener('abort', close);
  try {
    const client = deps.backends.clientOf(method.service.typeName);
    yield* client.stream(call.path, call.request, { metadata, signal, deadline: call.deadline });
  } catch (error) {
    throw refused ?? error;
  } finally {
    clearInterval(check);
    call.signal.removeEventListener('abort', close);
    close();
  }
}

/** gRPC for the world: every method of the contract by its bytes, with the API key as only credential. */
export const startFrontDoor = (deps: FrontDoorDeps): Promise<RpcServer> => {
  const byPath = new Map(deps.methods.map((method) => [method.path, method]));
  const methodOf = (call: RawCall): ApiMethod => {
    const method = byPath.get(call.path);
    if (!method) throw new Refusal('unimplemented', 'UNKNOWN_METHOD', 'There is no such method.');
    return method;
  };
  return startRawServer({
    port: deps.port,
    host: deps.host,
    telemetry: deps.telemetry,
    methods: deps.methods.map(({ path, stream }) => ({ path, responseStream: stream })),
    maxMessageBytes: MAX_REQUEST,
    async unary(call) {
      const startedAt = performance.now();
      try {
        const answer = await relayUnary(call, methodOf(call), deps);
        deps.facts.grpcAnswered(call.path, 'ok', startedAt);
        return answer;
      } catch (error) {
        deps.facts.grpcAnswered(call.path, codeOf(error), startedAt);
        throw error;
      }
    },
    async *stream(call) {
      deps.facts.streamOpened(call.path);
      try {
        yield* relayStream(call, methodOf(call), deps);
      } finally {
        deps.facts.streamClosed(call.path);
      }
    },
  });
};
