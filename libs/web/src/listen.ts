import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Server as NetServer } from 'node:net';
import { problemOf } from './problem';

export interface ListenOptions {
  /** 0 takes a free port. */
  port: number;
  host?: string | undefined;
  /** Whole request must have arrived by then. Default 30 s. */
  requestTimeoutMs?: number | undefined;
  maxConnections?: number | undefined;
}

export interface WebServer {
  port: number;
  server: Server;
  /**
   * No new connections. Callers who keep theirs are told with their next answer to take another one; after two seconds idle
   * ones are closed, and after `graceMs` those that still work are cut.
   */
  stop(graceMs?: number): Promise<void>;
}

const parseFailures: Record<string, [number, string, string]> = {
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE', 'The headers have at most 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_TIMEOUT', 'The request did not arrive in time.'],
};

const answerBroken = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, reason, detail] = parseFailures[error.code ?? ''] ?? [400, 'MALFORMED_HTTP', 'This is not HTTP/1.1.'];
  const problem = problemOf(status, reason, detail);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${problem.title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};

/** Long enough that who asks all the time hears of the end in an answer, not by a line that breaks under a request. */
const LINGER_MS = 2_000;

/** Closes lines without a request, once all is read that has arrived: a line is idle only then. */
const closeIdle = (server: Server): void => void setImmediate(() => server.closeIdleConnections());

/** Ends a server without breaking a line under a request. */
const drain = (server: Server, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    let sweep: NodeJS.Timeout | undefined;
    const linger = setTimeout(() => {
      closeIdle(server);
      sweep = setInterval(closeIdle, 50, server);
    }, LINGER_MS);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // `close` of http would end idle lines at once, and with them the request that is just on its way.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(linger);
      clearInterval(sweep);
      clearTimeout(cut);
      // Ends what http keeps for itself, the timer that looks for slow requests.
      server.close(() => resolve());
    });
  });

/** An HTTP server whose time-outs and sizes are all set. `handler` may be an Express app. */
export const listen = async (handler: RequestListener, options: ListenOptions): Promise<WebServer> => {
  let leaving = false;
  const server = createServer(
    {
      requestTimeout: options.requestTimeoutMs ?? 30_000,
      headersTimeout: 10_000,
      // Longer than the idle time of the balancers in front, or they write into a closed socket.
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 5_000,
      noDelay: true,
    },
    (request, response) => {
      if (leaving) response.setHeader('connection', 'close');
      handler(request, response);
    },
  );
  server.maxConnections = options.maxConnections ?? 10_000;
  server.on('clientError', answerBroken);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const stop = (graceMs = 5_000) => {
    leaving = true;
    return drain(server, graceMs);
  };
  return { port: (server.address() as AddressInfo).port, server, stop };
};
