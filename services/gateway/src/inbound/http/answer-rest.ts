import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from '@bufbuild/protobuf';
import type { Span, Telemetry } from '@throughline/telemetry';
import { formatTraceparent } from '@throughline/telemetry';
import { httpProblem, sendProblem } from '@throughline/web';
import type { ApiMethod, HttpRule } from '../../contract/methods';
import { readRequest } from '../../contract/read-request';
import { resourceOfPath } from '../../contract/resource';
import { writeResponse } from '../../contract/write-response';
import { shownId } from '../../domain/audit';
import type { Matcher } from '../../domain/matcher';
import type { Facts } from '../../facts';
import type { Admit, Admitted } from '../../use-cases/admit';
import { permit } from '../../use-cases/admit';
import type { Audit } from '../../use-cases/audit';
import type { Authenticator } from '../../use-cases/authenticate';
import { deadlineFor } from '../../use-cases/deadlines';
import type { Backends } from '../../use-cases/ports';
import { requestKey } from '../../use-cases/request-key';
import type { Shedder } from '../../use-cases/shed-load';
import type { Streams } from '../../use-cases/streams';
import { problemOfCall } from './problem-of';
import { readJsonBody } from './read-json-body';
import { startSpan } from './span';
import { formatFor, streamAnswer } from './stream-answer';

export interface Route {
  method: ApiMethod;
  rule: HttpRule;
}

export interface RestDeps {
  matcher: Matcher<Route>;
  registry: Registry;
  admit: Admit;
  audit: Audit;
  /** Hash of an id that may be personal. */
  hide: (id: string) => string;
  authenticator: Authenticator;
  backends: Backends;
  shedder: Shedder;
  streams: Streams;
  facts: Facts;
  telemetry: Telemetry;
  heartbeatMs: number;
  checkMs: number;
}

/** A request whose caller is known. */
interface Arrived {
  request: IncomingMessage;
  response: ServerResponse;
  route: Route;
  params: Record<string, string>;
  query: string;
  admitted: Admitted;
  key: string | undefined;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

interface Exchange extends Arrived {
  /** Signed and named for the service behind. */
  metadata: Record<string, string | undefined>;
  bytes: Buffer;
}

const MAX_URL = 8_192;

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const lastEventId = (request: IncomingMessage): string | undefined => {
  const value = header(request, 'last-event-id');
  if (value === undefined || value === '') return undefined;
  if (/^[\x20-\x7e]{1,512}$/.test(value)) return value;
  throw httpProblem(400, 'INVALID_ARGUMENT', 'Last-Event-ID: has at most 512 printable ASCII characters.', {
    violations: [{ field: 'Last-Event-ID', rule: 'form', description: 'has at most 512 printable ASCII characters' }],
  });
};

const answerUnary = async (exchange: Exchange, deps: RestDeps): Promise<number> => {
  const { response, route, admitted, key, receivedAt } = exchange;
  const { method } = route;
  const abort = new AbortController();
  const onClose = () => {
    if (!response.writableFinished) abort.abort();
  };
  response.once('close', onClose);
  deps.shedder.enter();
  try {
    const client = deps.backends.clientOf(method.service.typeName);
    const deadline = deadlineFor(method.read, receivedAt);
    const { metadata } = exchange;
    const bytes = await client.unary(method.path, exchange.bytes, { metadata, deadline, signal: abort.signal });
    const body = writeResponse(method.output, bytes, deps.registry);
    const { rate } = admitted;
    const headers: Record<string, string | number> = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'ratelimit-limit': rate.limit,
      'ratelimit-remaining': rate.remaining,
      'ratelimit-reset': rate.resetSeconds,
    };
    if (key !== undefined) headers['idempotency-key'] = key;
    response.writeHead(200, headers).end(body);
    return 200;
  } finally {
    deps.shedder.leave();
    response.removeListener('close', onClose);
  }
};

const answerStream = async (exchange: Exchange, deps: RestDeps): Promise<number> => {
  const { request, response, route, admitted } = exchange;
  const { method } = route;
  const format = formatFor(header(request, 'accept'));
  const resume = lastEventId(request);
  const { signal, close } = deps.streams.open(admitted.caller.subject);
  deps.facts.streamOpened(method.path);
  const metadata = { ...exchange.metadata, 'x-last-event-id': resume };
  const client = deps.backends.clientOf(method.service.typeName);
  const job = {
    method,
    format,
    registry: deps.registry,
    items: (onOpen: () => void) => client.stream(method.path, exchange.bytes, { metadata, signal, onOpen }),
    stillAllowed: () => deps.authenticator.authenticate(request.headers.authorization),
    heartbeatMs: deps.heartbeatMs,
    checkMs: deps.checkMs,
    end: close,
  };
  return streamAnswer(request, response, job).finally(() => {
    close();
    deps.facts.streamClosed(method.path);
  });
};

const routeOf = (matcher: Matcher<Route>, verb: string, path: string) => {
  const match = matcher.match(verb === 'HEAD' ? 'GET' : verb, path);
  switch (match.kind) {
    case 'found':
      return match;
    case 'bad-escape':
      throw httpProblem(400, 'INVALID_ARGUMENT', 'The path has a broken percent escape.', {
        violations: [{ field: 'path', rule: 'escape', description: 'has a broken percent escape' }],
      });
    case 'wrong-method': {
      const allow = match.allow.join(', ');
      throw httpProblem(405, 'METHOD_NOT_ALLOWED', `This path takes ${allow}.`, { headers: { allow } });
    }
    case 'none':
      return undefined;
  }
};

const exchangeOf = async (arrived: Arrived, deps: RestDeps): Promise<Exchange> => {
  const { request, route, params, query, admitted, key } = arrived;
  const { method, rule } = route;
  const body = rule.body === '' ? undefined : await readJsonBody(request);
  const bytes = readRequest(method, rule, { params, query, body, idempotencyKey: key }, deps.registry);
  const metadata = { 'x-throughline-caller': admitted.token, 'x-request-id': key };
  return { ...arrived, metadata, bytes };
};

const answer = async (arrived: Arrived, span: Span, deps: RestDeps): Promise<number> => {
  permit(arrived.admitted.caller, arrived.route.method);
  const exchange = await exchangeOf(arrived, deps);
  const context = span.spanContext();
  if (context.traceId !== '0'.repeat(32)) exchange.metadata['traceparent'] = formatTraceparent(context);
  return exchange.route.method.stream ? answerStream(exchange, deps) : answerUnary(exchange, deps);
};

/** Answers with a record in the audit trail when the call may change something. */
const answerAudited = (arrived: Arrived, span: Span, deps: RestDeps): Promise<number> => {
  const { route, params, admitted, key, receivedAt } = arrived;
  const run = () => answer(arrived, span, deps);
  if (!route.method.audited) return run();
  const { tenantId, subject, kind } = admitted.caller;
  const call = {
    at: new Date(receivedAt),
    tenantId,
    actorKind: kind,
    actorId: subject,
    door: 'rest' as const,
    method: route.method.path,
    resource: resourceOfPath(route.rule, params, deps.hide),
    requestId: shownId(key ?? '', deps.hide),
  };
  return deps.audit(call, run);
};

/** Answers what the contract gives a path to; false when the path is none of its own. */
export const createRestHandler =
  (deps: RestDeps) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const startedAt = performance.now();
    const receivedAt = Date.now();
    const url = request.url ?? '/';
    const verb = request.method ?? 'GET';
    let template = 'unmatched';
    let status = 500;
    try {
      if (url.length > MAX_URL) throw httpProblem(414, 'URL_TOO_LONG', `The URL has at most ${MAX_URL} characters.`);
      const mark = url.indexOf('?');
      const match = routeOf(deps.matcher, verb, mark < 0 ? url : url.slice(0, mark));
      if (!match) return false;
      template = match.value.rule.template.text;
      const span = startSpan(deps.telemetry, verb, template, header(request, 'traceparent'));
      try {
        const { value: route, params } = match;
        const query = mark < 0 ? '' : url.slice(mark + 1);
        const peer = request.socket.remoteAddress ?? '';
        const { authorization } = request.headers;
        const admitted = await deps.admit({ authorization, method: route.method, peer });
        const key = requestKey(header(request, 'idempotency-key'), route.method.read);
        const arrived = { request, response, route, params, query, admitted, key, receivedAt };
        status = await answerAudited(arrived, span, deps);
      } finally {
        span.setAttribute('http.response.status_code', status).end();
      }
    } catch (error) {
      const problem = problemOfCall(error);
      status = problem.problem.status;
      if (status === 500) deps.facts.unforeseen(template, error);
      sendProblem(response, problem);
    }
    deps.facts.restAnswered(template, verb, status, startedAt);
    return true;
  };
