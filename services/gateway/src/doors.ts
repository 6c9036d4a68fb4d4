import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSet, documentedDescriptorSet } from '@throughline/proto';
import type { RpcServer } from '@throughline/rpc';
import { contractRegistry } from '@throughline/rpc';
import type { Telemetry } from '@throughline/telemetry';
import type { WebServer } from '@throughline/web';
import { listen, problemFor, sendProblem } from '@throughline/web';
import type { ApiMethod } from './contract/methods';
import { methodsOf } from './contract/methods';
import { openApiOf } from './contract/open-api';
import type { Matcher } from './domain/matcher';
import { createMatcher } from './domain/matcher';
import type { Facts } from './facts';
import { startFrontDoor } from './inbound/grpc/front-door';
import type { Route } from './inbound/http/answer-rest';
import { createRestHandler } from './inbound/http/answer-rest';
import { createPages } from './inbound/http/pages';
import type { Admit } from './use-cases/admit';
import type { Audit } from './use-cases/audit';
import type { Authenticator } from './use-cases/authenticate';
import type { Backends } from './use-cases/ports';
import type { Shedder } from './use-cases/shed-load';
import type { Streams } from './use-cases/streams';

export interface DoorDeps {
  telemetry: Telemetry;
  facts: Facts;
  backends: Backends;
  admit: Admit;
  audit: Audit;
  /** Hash of an id that may be personal. */
  hide: (id: string) => string;
  authenticator: Authenticator;
  shedder: Shedder;
  streams: Streams;
  ready: () => Promise<string[]>;
  host?: string | undefined;
  heartbeatMs: number;
  checkMs: number;
}

const matcherOf = (methods: ApiMethod[]): Matcher<Route> => {
  const matcher = createMatcher<Route>();
  for (const method of methods) {
    for (const rule of method.rules) matcher.add(rule.verb, rule.template, { method, rule });
  }
  return matcher;
};

/** OpenAPI needs the comments, which the running gateway otherwise does without. */
const documentedMethods = (serves: (name: string) => boolean): ApiMethod[] =>
  methodsOf(createFileRegistry(fromBinary(FileDescriptorSetSchema, documentedDescriptorSet())), serves);

/** REST: paths of the contract are answered before Express, everything else by it. */
export const openRestDoor = (deps: DoorDeps, port: number): Promise<WebServer> => {
  const registry = contractRegistry();
  const matcher = matcherOf(methodsOf(registry, deps.backends.serves));
  const rest = createRestHandler({ ...deps, registry, matcher });
  const openApi = () => openApiOf(documentedMethods(deps.backends.serves));
  const { telemetry, ready } = deps;
  const pages = createPages({ telemetry, ready, openApi, descriptors: descriptorSet });
  const handler = async (request: Parameters<typeof rest>[0], response: Parameters<typeof rest>[1]) => {
    try {
      if (!(await rest(request, response))) pages(request, response);
    } catch (error) {
      deps.facts.unforeseen('http', error);
      sendProblem(response, problemFor(error));
    }
  };
  return listen((request, response) => void handler(request, response), { port, host: deps.host });
};

/** gRPC: the same methods, as bytes. */
export const openGrpcDoor = (deps: DoorDeps, port: number): Promise<RpcServer> =>
  startFrontDoor({ ...deps, methods: methodsOf(contractRegistry(), deps.backends.serves), port });
