import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from '@bufbuild/protobuf';
import { fromBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import type { ProblemAnswer } from '@throughline/web';
import { httpProblem, sendProblem } from '@throughline/web';
import type { ApiMethod } from '../../contract/methods';
import { writeResponse } from '../../contract/write-response';
import { problemOfCall } from './problem-of';

export interface StreamFormat {
  type: string;
  item(json: string, id: string): string;
  problem(problem: ProblemAnswer): string;
  heartbeat: string;
}

// A line break inside an id would begin a new field of the stream.
const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, '');

const sse: StreamFormat = {
  type: 'text/event-stream; charset=utf-8',
  item: (json, id) => `${id ? `id: ${oneLine(id)}\n` : ''}data: ${json}\n\n`,
  problem: ({ problem }) => `event: error\ndata: ${JSON.stringify(problem)}\n\n`,
  heartbeat: ': still here\n\n',
};

const ndjson: StreamFormat = {
  type: 'application/x-ndjson; charset=utf-8',
  item: (json) => `${json}\n`,
  problem: ({ problem }) => `${JSON.stringify({ error: problem })}\n`,
  heartbeat: '\n',
};

/** Server-sent events unless the caller asks for lines of JSON. */
export const formatFor = (accept: string | undefined): StreamFormat => {
  if (!accept || /\btext\/(event-stream|\*)|\*\/\*/.test(accept)) return sse;
  if (/\bapplication\/(x-ndjson|\*)/.test(accept)) return ndjson;
  throw httpProblem(406, 'NOT_ACCEPTABLE', 'A stream comes as text/event-stream or application/x-ndjson.');
};

const cursorOf = (method: ApiMethod, bytes: Buffer): string => {
  if (!method.cursor) return '';
  return String(reflect(method.output, fromBinary(method.output, bytes)).get(method.cursor) ?? '');
};

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });

export interface StreamJob {
  method: ApiMethod;
  format: StreamFormat;
  registry: Registry;
  items: (onOpen: () => void) => AsyncIterable<Buffer>;
  /** Asked with every heartbeat: a revoked key ends its streams. */
  stillAllowed: () => Promise<unknown>;
  heartbeatMs: number;
  checkMs: number;
  end: () => void;
}

/** Writes a server stream. Until the first word an error has its own HTTP status; afterwards it is an event. */
export const streamAnswer = async (
  request: IncomingMessage,
  response: ServerResponse,
  job: StreamJob,
): Promise<number> => {
  const { method, format } = job;
  const open = () => {
    if (response.headersSent) return;
    response.writeHead(200, { 'content-type': format.type, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.flushHeaders();
  };
  let refused: unknown;
  const heartbeat = setInterval(() => response.headersSent && response.write(format.heartbeat), job.heartbeatMs);
  const check = setInterval(() => {
    job.stillAllowed().catch((error: unknown) => {
      refused = error;
      job.end();
    });
  }, job.checkMs);
  request.on('close', job.end);
  response.on('close', job.end);
  try {
    for await (const bytes of job.items(open)) {
      open();
      const text = format.item(writeResponse(method.output, bytes, job.registry), cursorOf(method, bytes));
      if (!response.write(text)) await drained(response);
    }
    open();
    response.end();
    return 200;
  } catch (error) {
    const problem = problemOfCall(refused ?? error);
    if (!response.headersSent) sendProblem(response, problem);
    else response.end(response.destroyed ? undefined : format.problem(problem));
    return problem.problem.status;
  } finally {
    clearInterval(heartbeat);
    clearInterval(check);
    job.end();
  }
};
