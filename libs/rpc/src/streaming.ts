import type { EventEmitter } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { Metadata } from '@grpc/grpc-js';

type Out = Pick<ServerWritableStream<never, never>, 'sendMetadata'>;

/** How long a handler may look for a reason to refuse before its stream counts as accepted. */
const QUIET_MS = 150;

/**
 * The items of a stream; when the first one takes its time, the reader is told that the stream is open. A refusal that
 * comes at once stays a plain answer, so that an HTTP edge can still give it a status.
 */
export async function* openWhenQuiet<T>(call: Out, source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const open = setTimeout(() => call.sendMetadata(new Metadata()), QUIET_MS);
  try {
    for (;;) {
      const next = await iterator.next();
      clearTimeout(open);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    clearTimeout(open);
    await iterator.return?.();
  }
}

/** Resolves when the reader has caught up, or is gone. */
export const drained = (call: Pick<EventEmitter, 'once' | 'removeListener'>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      call.removeListener('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.once('drain', done);
    signal.addEventListener('abort', done);
  });
