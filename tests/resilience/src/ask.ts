import type { Agent } from 'node:http';
import { request } from 'node:http';
import { pause } from './world';

export interface Question {
  port: number;
  method: string;
  path: string;
  key: string;
  body?: unknown;
  idempotencyKey?: string;
  /** Keeps lines between calls; without one each call has a line of its own. */
  agent?: Agent;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** One call; rejects when no answer came. */
export const ask = (
  { port, method, path, key, body, idempotencyKey, agent }: Question,
  timeoutMs = 2_000,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string | number> = { authorization: `Bearer ${key}` };
    if (text !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = Buffer.byteLength(text);
    }
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    const call = request({ host: '127.0.0.1', port, method, path, headers, agent: agent ?? false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        clearTimeout(timer);
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(pieces).toString()) });
        } catch (error) {
          reject(error);
        }
      });
    });
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    call.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    call.end(text);
  });

const passing = new Set([429, 502, 503, 504]);

/** Asks until an answer comes that says yes or no, as a well-behaved caller does. `unanswered` counts the tries in vain. */
export const insist = async (
  question: Question,
  untilMs = 60_000,
  stop?: AbortSignal,
): Promise<Answer & { unanswered: number; refused: number }> => {
  const end = Date.now() + untilMs;
  let unanswered = 0;
  let refused = 0;
  // Who has waited in vain waits longer the next time: on a busy machine impatience would only make it busier.
  for (
    let wait = 50, patience = 1_000;
    ;
    wait = Math.min(wait * 2, 1_000), patience = Math.min(patience * 1.5, 8_000)
  ) {
    try {
      const answer = await ask(question, patience);
      if (!passing.has(answer.status)) return { ...answer, unanswered, refused };
      refused++;
    } catch (error) {
      if (Date.now() > end || stop?.aborted) throw error;
      unanswered++;
    }
    if (stop?.aborted) throw new Error('the test is over');
    if (Date.now() > end) throw new Error(`no final answer within ${untilMs} ms`);
    await pause(wait / 2 + (Math.random() * wait) / 2);
  }
};
