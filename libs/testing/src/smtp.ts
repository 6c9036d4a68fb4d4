import { createConnection } from 'node:net';

/** The answer of a mail server that does not take a line; `code` is its reply code. */
export class SmtpRefusal extends Error {
  override name = 'SmtpRefusal';
  constructor(
    readonly code: number,
    answer: string,
  ) {
    super(answer);
  }
}

/**
 * Says lines to a mail server on a connection of their own, each after the answer to the one before, as one that hands a mail over. Fails
 * with `SmtpRefusal` at the first refusal, and when the line breaks or an answer does not come within `patienceMs`.
 */
export const sayToSmtp = (port: number, lines: string[], patienceMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1');
    const left = [...lines];
    let heard = '';
    const end = (error?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    const timer = setTimeout(() => end(new Error('no answer in time')), patienceMs);
    socket.on('error', end);
    socket.on('close', () => end(new Error('the line was cut')));
    socket.on('data', (piece) => {
      heard += piece.toString();
      const last = /(?:^|\n)(\d{3}) .*\r\n$/.exec(heard);
      if (!last) return;
      heard = '';
      const code = Number(last[1]);
      if (code >= 400) return end(new SmtpRefusal(code, last[0]));
      const line = left.shift();
      if (line === undefined) return end();
      socket.write(`${line}\r\n`);
    });
  });
