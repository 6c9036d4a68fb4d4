import type { AddressInfo, Socket } from 'node:net';
import { createConnection, createServer } from 'node:net';

/**
 * A TCP proxy in front of one Kafka broker that can cut the line. Brokers tell clients where to connect; in those answers the address of
 * the broker is replaced by the proxy's (same host, other port), so clients stay on the line that can be cut.
 */
export async function startKafkaProxy(broker: string) {
  const [host = '127.0.0.1', portText = '9092'] = broker.split(':');
  const brokerPort = Number(portText);
  const sockets = new Set<Socket>();
  let open = true;
  let pattern: Buffer = Buffer.alloc(0);
  let replacement: Buffer = Buffer.alloc(0);

  const addressBytes = (port: number): Buffer => {
    const bytes = Buffer.alloc(host.length + 4);
    bytes.write(host, 0, 'latin1');
    bytes.writeInt32BE(port, host.length);
    return bytes;
  };

  /** Bytes at the end that may be the beginning of an address. */
  const unfinished = (bytes: Buffer): number => {
    for (let length = Math.min(pattern.length - 1, bytes.length); length > 0; length -= 1) {
      if (bytes.subarray(bytes.length - length).equals(pattern.subarray(0, length))) return length;
    }
    return 0;
  };

  const rewrite = (bytes: Buffer): Buffer => {
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + pattern.length))
      replacement.copy(bytes, at);
    return bytes;
  };

  const join = (client: Socket): void => {
    if (!open) {
      client.destroy();
      return;
    }
    const upstream = createConnection(brokerPort, host);
    let rest: Buffer = Buffer.alloc(0);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      sockets.delete(client);
      sockets.delete(upstream);
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (piece) => void upstream.write(piece));
    upstream.on('data', (piece) => {
      const bytes = Buffer.concat([rest, piece]);
      const held = unfinished(bytes);
      rest = Buffer.from(bytes.subarray(bytes.length - held));
      const ready = bytes.subarray(0, bytes.length - held);
      if (ready.length > 0) client.write(rewrite(Buffer.from(ready)));
    });
  };

  const server = createServer(join);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  pattern = addressBytes(brokerPort);
  replacement = addressBytes(port);
  const cut = (): void => {
    open = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `${host}:${port}`,
    /** Ends every connection and takes no new one. */
    cut,
    mend: (): void => {
      open = true;
    },
    stop: async (): Promise<void> => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
