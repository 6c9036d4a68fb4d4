import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
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
  /** No new requests; running ones get `graceMs`, then the sockets are cut. */
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

/** An HTTP server whose time-outs and sizes are all set. `handler` may be an Express app. */
export const listen = async (handler: RequestListener, options: ListenOptions): Promise<WebServer> => {
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
    handler,
  );
  server.maxConnections = options.maxConnections ?? 10_000;
  server.on('clientError', answerBroken);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const stop = (graceMs = 5_000) =>
    new Promise<void>((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    });
  return { port: (server.address() as AddressInfo).port, server, stop };
};
