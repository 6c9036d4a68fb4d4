import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Refusal, RefusalKind, Violation } from '@throughline/core';
import { isRefusal } from '@throughline/core';

/** An error answer of RFC 9457, with our stable reason and the fields that are wrong. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  reason: string;
  violations?: Violation[];
  metadata?: Record<string, string>;
}

export interface ProblemDetails {
  violations?: Violation[] | undefined;
  metadata?: Record<string, string> | undefined;
}

/** The one table from a refusal to HTTP. */
export const statusOf: Record<RefusalKind, number> = {
  invalid: 400,
  out_of_range: 400,
  unauthenticated: 401,
  denied: 403,
  not_found: 404,
  already_exists: 409,
  conflict: 409,
  precondition: 422,
  exhausted: 429,
  unimplemented: 501,
  unavailable: 503,
};

/** A problem by hand, for what has no refusal kind: 405, 413, 414, 415, 504. */
export const problemOf = (status: number, reason: string, detail: string, more: ProblemDetails = {}): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  reason,
  ...(more.violations?.length ? { violations: more.violations } : {}),
  ...(more.metadata && Object.keys(more.metadata).length > 0 ? { metadata: more.metadata } : {}),
});

/** A problem and the headers that go with it. */
export interface ProblemAnswer {
  problem: Problem;
  headers: Record<string, string>;
}

/** An error that already knows its HTTP answer. */
export class HttpProblem extends Error implements ProblemAnswer {
  constructor(
    readonly problem: Problem,
    readonly headers: Record<string, string> = {},
  ) {
    super(problem.detail);
    this.name = 'HttpProblem';
  }
}

/** Short way to throw one. */
export const httpProblem = (
  status: number,
  reason: string,
  detail: string,
  more: ProblemDetails & { headers?: Record<string, string> } = {},
): HttpProblem => new HttpProblem(problemOf(status, reason, detail, more), more.headers);

const headersFor = (refusal: Refusal): Record<string, string> => {
  const after = refusal.metadata['retry_after_seconds'];
  if (refusal.kind === 'unauthenticated') return { 'www-authenticate': 'Bearer realm="throughline"' };
  if (refusal.kind === 'exhausted' || refusal.kind === 'unavailable') return { 'retry-after': after ?? '1' };
  return {};
};

/**
 * What a thrown value says to the caller. Anything unforeseen is a 500 that tells nothing about us. No error of its own: under overload a
 * trace for each that nobody reads costs the gateway some 7 µs.
 */
export const problemFor = (error: unknown): ProblemAnswer => {
  if (error instanceof HttpProblem) return error;
  if (isRefusal(error)) {
    const { violations, metadata } = error;
    return {
      problem: problemOf(statusOf[error.kind], error.reason, error.message, { violations, metadata }),
      headers: headersFor(error),
    };
  }
  // Express and its body parsers throw errors with a `status` for what the client did wrong.
  const status = (error as { status?: unknown } | undefined)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return httpProblem(status, 'BAD_REQUEST', 'The request could not be read.');
  }
  return httpProblem(500, 'INTERNAL', 'Something went wrong on our side; the log of the service says what.');
};

/** Writes the problem, unless an answer is already under way. */
export const sendProblem = (response: ServerResponse, { problem, headers }: ProblemAnswer): void => {
  if (response.headersSent) return void response.end();
  const body = JSON.stringify(problem);
  response
    .writeHead(problem.status, {
      ...headers,
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body);
};
