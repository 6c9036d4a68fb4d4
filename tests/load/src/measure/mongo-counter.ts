import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface MongoCounter {
  /** Where a service connects instead of to the server itself. */
  url: string;
  /** Commands since the last call, as `find timeline`. */
  take(): Map<string, number>;
  stop(): Promise<void>;
}

const OP_MSG = 2013;
const HEADER = 16;
/** Header, flags, kind of the first section and the length of its document. */
const FIRST_ELEMENT = HEADER + 4 + 1 + 4;
const DATABASE = Buffer.from('\x02$db\0', 'latin1');

/** Said by the driver itself, at any time, whatever the service does. */
const housekeeping = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions', 'killCursors']);

/** Name of a command and what it is about: the first element of its document is both. */
export const commandOf = (message: Buffer): { name: string; on: string } | undefined => {
  if (message.readInt32LE(12) !== OP_MSG || message[HEADER + 4] !== 0) return undefined;
  const end = message.indexOf(0, FIRST_ELEMENT + 1);
  const name = message.toString('latin1', FIRST_ELEMENT + 1, end);
  const isText = message[FIRST_ELEMENT] === 2;
  const on = isText ? message.toString('utf8', end + 5, end + 4 + message.readInt32LE(end + 1)) : '';
  return { name, on };
};

const isAdmin = (message: Buffer): boolean => {
  const at = message.indexOf(DATABASE, FIRST_ELEMENT);
  return at > 0 && message.toString('latin1', at + 9, at + 15) === 'admin\0';
};

/** Cuts a stream of bytes into the messages of the wire protocol. */
const messages = (onMessage: (message: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk: Buffer): void => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      onMessage(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
};

/**
 * Stands between a service and mongod and counts what the service really sends. The service needs no change for it, and
 * other users of the same server do not matter.
 */
export const startMongoCounter = async (mongoUrl: string): Promise<MongoCounter> => {
  const [, host = '127.0.0.1', port = '27017'] = /^mongodb:\/\/([^:/,]+):(\d+)/.exec(mongoUrl) ?? [];
  const counts = new Map<string, number>();
  const open = new Set<Socket>();
  const count = (message: Buffer) => {
    const command = commandOf(message);
    if (!command || housekeeping.has(command.name) || (command.name !== 'commitTransaction' && isAdmin(message)))
      return;
    const key = `${command.name} ${command.on}`.trim();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', messages(count));
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true`,
    take() {
      const taken = new Map(counts);
      counts.clear();
      return taken;
    },
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
