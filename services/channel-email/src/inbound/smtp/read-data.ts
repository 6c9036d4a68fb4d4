import type { SMTPServerDataStream } from 'smtp-server';
import type { ByteBudget } from './limits';

export type ReadData =
  | { readonly raw: Buffer; readonly held: number }
  | { readonly tooLarge: true }
  | { readonly full: true };

/**
 * Collects a mail within the byte budget. The stream is always read to its end, so that the client hears the answer
 * instead of a broken connection; what passes a bound is thrown away as it comes.
 */
export async function readData(
  stream: SMTPServerDataStream,
  maxBytes: number,
  budget: ByteBudget,
  signal: AbortSignal,
): Promise<ReadData> {
  let pieces: Buffer[] = [];
  let held = 0;
  let full = false;
  let size = 0;
  const drop = (): void => {
    budget.give(held);
    held = 0;
    pieces = [];
  };
  const abort = (): void => void stream.destroy(new Error('the client went away'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      size += piece.length;
      if (full || size > maxBytes) {
        drop();
        continue;
      }
      full = !budget.take(piece.length);
      if (full) drop();
      else {
        held += piece.length;
        pieces.push(piece);
      }
    }
  } catch (error) {
    drop();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  if (stream.sizeExceeded || size > maxBytes) {
    drop();
    return { tooLarge: true };
  }
  return full ? { full: true } : { raw: Buffer.concat(pieces), held };
}
