import type { Server } from '@grpc/grpc-js';
import { ServerCredentials } from '@grpc/grpc-js';

/** Limits that grpc-js leaves open unless told. Connections age, so that a new replica gets its share. */
export const serverOptions = (maxMessageBytes = 4 * 1024 * 1024) => ({
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes * 4,
  'grpc.max_concurrent_streams': 200,
  'grpc.max_connection_age_ms': 300_000,
  'grpc.max_connection_age_grace_ms': 30_000,
  'grpc.max_connection_idle_ms': 120_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
});

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
