import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Telemetry } from './create-telemetry';

export interface OpsServerOptions {
  /** 0 takes a free port. */
  port: number;
  host?: string;
  telemetry: Pick<Telemetry, 'metricsText' | 'log'>;
  /** Why the process should get no work now; empty when it is ready. */
  ready: () => Promise<string[]> | string[];
}

export interface OpsServer {
  port: number;
  stop(): Promise<void>;
}

const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
};

const handle = async (path: string, response: ServerResponse, options: OpsServerOptions): Promise<void> => {
  switch (path) {
    // Alive means that the event loop turns. It never asks Kafka or Mongo: a restart would not heal those.
    case '/livez':
      return answer(response, 200, 'text/plain', 'ok\n');
    case '/readyz': {
      const reasons = await options.ready();
      const body = JSON.stringify({ ready: reasons.length === 0, reasons });
      return answer(response, reasons.length === 0 ? 200 : 503, 'application/json', `${body}\n`);
    }
    case '/metrics':
      return answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await options.telemetry.metricsText());
    default:
      return answer(response, 404, 'text/plain', 'try /livez, /readyz or /metrics\n');
  }
};

/** The port for operators: /livez, /readyz and /metrics. */
export const startOpsServer = async (options: OpsServerOptions): Promise<OpsServer> => {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    handle(path, response, options).catch((error: unknown) => {
      options.telemetry.log.error({ err: error }, 'operations request failed');
      if (!response.headersSent) answer(response, 500, 'text/plain', 'error\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
