import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Telemetry } from './telemetry';

export interface OpsServer {
  port: number;
  stop(): Promise<void>;
}

export interface OpsServerOptions {
  port: number;
  host?: string | undefined;
  telemetry: Telemetry;
  /** Reasons why this process is not ready; empty when it is. */
  ready: () => string[] | Promise<string[]>;
}

/** Serves /livez, /readyz and /metrics. Liveness never depends on Kafka or MongoDB: a restart would not help. */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const answer = async (path: string): Promise<[number, string, string]> => {
    if (path === '/livez') return [200, 'text/plain', 'ok\n'];
    if (path === '/metrics') return [200, 'text/plain; version=0.0.4', await options.telemetry.metricsText()];
    if (path !== '/readyz') return [404, 'text/plain', 'not found; try /livez, /readyz or /metrics\n'];
    const reasons = await options.ready();
    return reasons.length === 0 ? [200, 'text/plain', 'ready\n'] : [503, 'text/plain', `${reasons.join('\n')}\n`];
  };
  const server = createServer((request, response) => {
    answer((request.url ?? '').split('?')[0] ?? '')
      .catch((error: Error): [number, string, string] => {
        options.telemetry.log.error({ err: error }, 'operations request failed');
        return [500, 'text/plain', 'failed; see the log\n'];
      })
      .then(([status, type, body]) => response.writeHead(status, { 'content-type': type }).end(body));
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
}
