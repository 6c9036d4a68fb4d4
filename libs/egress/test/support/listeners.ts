import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

/** A door on every address of this machine that counts who knocks, at TCP, before any protocol. */
export const startListeners = async (onConnection: (socket: Socket) => void = (socket) => socket.destroy()) => {
  let connections = 0;
  const open = new Set<Socket>();
  const seen = (socket: Socket): void => {
    connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.resume();
    socket.on('error', () => undefined);
    onConnection(socket);
  };
  const six = createServer(seen);
  // `::` takes IPv4 as well, unless the machine has no IPv6.
  await new Promise<void>((resolve) => {
    six.once('error', () => six.listen(0, '0.0.0.0', resolve));
    six.listen({ port: 0, host: '::', ipv6Only: false }, resolve);
  });
  return {
    port: (six.address() as AddressInfo).port,
    connections: () => connections,
    stop: () =>
      new Promise<void>((resolve) => {
        six.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
};
