import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface DatedMongo {
  /** Where a service connects instead of to the server itself. */
  url: string;
  /** From now on it says a time that is so far from its own. */
  move(byMs: number): void;
  stop(): Promise<void>;
}

const LENGTH = 4;
/** The element of an answer to `hello` that says what time it is: its kind (a date), its name. */
const LOCAL_TIME = Buffer.from('\x09localTime\0', 'latin1');
const MOST = 4_096;

const dated = (message: Buffer, byMs: bigint): Buffer => {
  const found = message.length > MOST ? -1 : message.indexOf(LOCAL_TIME);
  if (found >= 0) {
    const place = found + LOCAL_TIME.length;
    message.writeBigInt64LE(message.readBigInt64LE(place) + byMs, place);
  }
  return message;
};

/** Cuts a stream of bytes into the messages of the wire protocol. */
const messages = (onMessage: (message: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0);
  return (piece: Buffer): void => {
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= LENGTH && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      onMessage(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
};

/** Stands before a server and lets it say another time than it has: a day on which clocks are changed, for example. */
export const startDatedMongo = async (mongoUrl: string, by: number): Promise<DatedMongo> => {
  let byMs = BigInt(by);
  const [, host = '127.0.0.1', port = '27017'] = /^mongodb:\/\/([^:/,]+):(\d+)/.exec(mongoUrl) ?? [];
  const open = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(Number(port), host);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on(
      'data',
      messages((message) => void (client.writable && client.write(dated(message, byMs)))),
    );
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    url: `mongodb://127.0.0.1:${(listener.address() as AddressInfo).port}/?directConnection=true`,
    move(ms) {
      byMs = BigInt(ms);
    },
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
};
