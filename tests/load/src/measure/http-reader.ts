import type { Socket } from 'node:net';
import { connect } from 'node:net';

interface Connection {
  ask(request: Buffer): Promise<Buffer>;
  close(): void;
}

const END_OF_HEAD = '\r\n\r\n';

/** The status of an answer other than 200; undefined when there was no answer. */
export const statusOf = (error: unknown): number | undefined => (error as { status?: number }).status;

const openConnection = (port: number): Connection => {
  let socket: Socket | undefined;
  let waiting: { resolve: (body: Buffer) => void; reject: (error: Error) => void } | undefined;
  let parts: Buffer[] = [];
  let size = 0;
  let whole = 0;
  let head = 0;
  // Of an answer other than 200: what is said once all of it is read, so that the next one begins at its beginning.
  let bad: Error | undefined;
  const taken = () => {
    const asker = waiting;
    waiting = undefined;
    parts = [];
    size = 0;
    whole = 0;
    bad = undefined;
    return asker;
  };
  const fail = (error: Error) => taken()?.reject(error);
  const readHead = (bytes: Buffer): void => {
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const text = bytes.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
    if (length === undefined) {
      fail(new Error(text.slice(0, 80)));
      return;
    }
    const status = Number(text.slice(9, 12));
    if (status !== 200) bad = Object.assign(new Error(text.slice(0, 80)), { status });
    head = end + END_OF_HEAD.length;
    whole = head + Number(length);
  };
  const onData = (chunk: Buffer) => {
    parts.push(chunk);
    size += chunk.length;
    if (whole === 0) readHead(parts.length === 1 ? chunk : Buffer.concat(parts));
    if (whole === 0 || size < whole) return;
    if (bad) fail(bad);
    else {
      const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      taken()?.resolve(all.subarray(head));
    }
  };
  const open = () => {
    socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', onData);
    socket.on('error', fail);
    socket.on('close', () => {
      socket = undefined;
      fail(new Error('the connection was closed'));
    });
    return socket;
  };
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        (socket ?? open()).write(request);
      }),
    close: () => socket?.destroy(),
  };
};

/**
 * Sends a GET, or with a body of JSON a POST, over connections that stay open, one question at a time on each. A bare socket, because the client
 * shares the machine with what it measures, and node's own takes more of it than some of the servers.
 */
export const httpReader = (port: number, path: string, headers: Record<string, string> = {}, body?: string) => {
  const requestOf = (given?: string): Buffer => {
    const about: Record<string, string> =
      given === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(given)) };
    const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers, ...about }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return Buffer.from(
      `${given === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${given ?? ''}`,
    );
  };
  const fixed = requestOf(body);
  const idle: Connection[] = [];
  const all: Connection[] = [];
  return {
    /** Fails unless the answer is 200. */
    async read(other = body): Promise<Buffer> {
      let connection = idle.pop();
      if (!connection) all.push((connection = openConnection(port)));
      try {
        return await connection.ask(other === body ? fixed : requestOf(other));
      } finally {
        idle.push(connection);
      }
    },
    close() {
      for (const connection of all) connection.close();
    },
  };
};
