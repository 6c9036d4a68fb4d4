import type { IncomingMessage } from 'node:http';
import { httpProblem } from './problem';

const tooLarge = (limit: number) =>
  httpProblem(413, 'BODY_TOO_LARGE', `The body has at most ${limit} bytes.`, { headers: { connection: 'close' } });

const empty = Buffer.alloc(0);

/** The whole body, at most `limit` bytes; 413 beyond, without reading the rest. */
export const readBody = (request: IncomingMessage, limit: number): Promise<Buffer> => {
  const announced = request.headers['content-length'];
  if (announced === undefined && request.headers['transfer-encoding'] === undefined) return Promise.resolve(empty);
  if (announced !== undefined && Number(announced) > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      request.removeAllListeners('data');
      request.pause();
      reject(tooLarge(limit));
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(httpProblem(400, 'BODY_CUT_OFF', 'The body ended early.')));
  });
};
