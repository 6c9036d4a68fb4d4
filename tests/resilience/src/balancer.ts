import type { AddressInfo, Socket } from 'node:net';
import { createConnection, createServer } from 'node:net';

export interface Balancer {
  port: number;
  add(port: number): void;
  /** No new line goes there; those that stand stay. */
  remove(port: number): void;
  stop(): Promise<void>;
}

/** One address in front of the processes of a service, as a Service is in front of its pods: each new line goes to the next of those listed. */
export const startBalancer = async (): Promise<Balancer> => {
  const targets: number[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket));
  };
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    keep(client);
    const port = targets[turn++ % targets.length];
    if (port === undefined) return client.resetAndDestroy();
    const server = keep(createConnection({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }));
    client.pipe(server);
    server.pipe(client);
    client.on('error', () => server.resetAndDestroy()).on('close', () => server.destroy());
    server.on('error', () => client.resetAndDestroy()).on('close', () => client.destroySoon());
  });
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    add: (port) => void targets.push(port),
    remove(port) {
      const index = targets.indexOf(port);
      if (index >= 0) targets.splice(index, 1);
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
};
