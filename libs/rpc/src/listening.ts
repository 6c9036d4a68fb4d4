import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import { Server, ServerCredentials } from '@grpc/grpc-js';

/** Limits that grpc-js leaves open unless told. Connections age, so that a new replica gets its share. */
const serverOptions = (maxMessageBytes = 4 * 1024 * 1024) => ({
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes * 4,
  'grpc.max_concurrent_streams': 200,
  'grpc.max_connection_age_ms': 300_000,
  'grpc.max_connection_age_grace_ms': 30_000,
  'grpc.max_connection_idle_ms': 120_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
});

/** What grpc-js makes its HTTP/2 server with. It is no part of its interface: the version is pinned, a flood tested. */
interface MakesHttp2 {
  createHttp2Server(credentials: unknown): Http2Server;
}

/**
 * A server that does no work for streams which are reset by the time they are looked at. A connection may reset a thousand of
 * them before it is ended, and everybody else would wait for that work. The reset of a stream is often in the read after the one
 * that opened it, so streams are looked at when all that has arrived is read.
 */
export const createServer = (maxMessageBytes?: number): Server => {
  const server = new Server(serverOptions(maxMessageBytes));
  const inner = server as unknown as MakesHttp2;
  const make = inner.createHttp2Server;
  inner.createHttp2Server = (credentials) => {
    const http2 = make.call(server, credentials);
    const handlers = http2.listeners('stream') as ((stream: ServerHttp2Stream, ...rest: unknown[]) => void)[];
    http2.removeAllListeners('stream');
    const begin = (stream: ServerHttp2Stream, rest: unknown[]) => {
      if (stream.closed || stream.destroyed) return;
      // A stream that ends without a message has said so already, to nobody.
      const ended = stream.readableEnded;
      for (const handle of handlers) handle.call(http2, stream, ...rest);
      if (ended) stream.emit('end');
    };
    http2.on('stream', (stream, ...rest) => {
      // A stream may fail before anybody handles it, and then nobody is left to be told.
      stream.on('error', () => undefined);
      setImmediate(begin, stream, rest);
    });
    return http2;
  };
  return server;
};

/** Port the server listens on. */
export const bind = (server: Server, host: string | undefined, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`${host ?? '0.0.0.0'}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });

/** Lets running calls end, for at most `graceMs`. */
export const shutdown = (server: Server, graceMs = 5_000): Promise<void> =>
  new Promise((resolve) => {
    const hard = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(hard);
      resolve();
    });
  });
