import { createWriteStream, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SMTPServer } from 'smtp-server';

export type MailSink = { port: number; stop: () => Promise<void> };

/**
 * Takes every mail that the product sends and keeps it as a file: a stand-in for the customers' mail servers on a
 * machine that must not send real mail to anybody.
 */
export const startMailSink = (port: number, folder: string): Promise<MailSink> => {
  mkdirSync(folder, { recursive: true });
  let count = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      const name = `${Date.now()}-${String(++count).padStart(6, '0')}`;
      const half = join(folder, `${name}.part`);
      pipeline(stream, createWriteStream(half)).then(() => {
        renameSync(half, join(folder, `${name}.eml`));
        done();
      }, done);
    },
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.server.address();
      const stop = () => new Promise<void>((ended) => server.close(() => ended()));
      resolve({ port: typeof address === 'object' && address ? address.port : port, stop });
    });
  });
};
