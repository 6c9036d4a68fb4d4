import { createServer } from 'node:net';

// Below 32,768: from there on systems lend ports to outgoing connections, so one found free there is taken again now and then.
const FIRST = 20_000;
const COUNT = 12_767;

// Each process begins somewhere else, so that processes side by side do not try the same ports.
let next = Math.floor(Math.random() * COUNT);

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A port of 127.0.0.1 on which nobody listens now, never the same twice in a process; fails when all of 20,000–32,766 are taken. */
export const freePort = async (): Promise<number> => {
  for (let tried = 0; tried < COUNT; tried += 1) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT - 1}`);
};
