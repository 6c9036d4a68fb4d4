import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { listen } from '../src';

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const ask = (port: number, agent: Agent): Promise<string> =>
  new Promise((resolve) => {
    const call = request({ port, host: '127.0.0.1', agent }, (answer) => {
      answer.resume().on('end', () => resolve(`${answer.statusCode} ${answer.headers.connection}`));
    });
    call.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    call.end();
  });

const serve = async (answerMs: number) => {
  const web = await listen((_, response) => void setTimeout(() => response.end('ok'), answerMs).unref(), {
    port: 0,
    host: '127.0.0.1',
  });
  return { web, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
};

test('who asks all the time on one line hears of the end in an answer', async () => {
  const { web, agent } = await serve(5);
  const answers: string[] = [];
  let stopped: Promise<void> | undefined;
  for (let i = 0; i < 40 && !answers.at(-1)?.includes('close'); i++) {
    if (i === 20) stopped = web.stop();
    answers.push(await ask(web.port, agent));
  }
  expect(answers.slice(0, -1).every((answer) => answer === '200 keep-alive')).toBe(true);
  expect(answers.at(-1)).toBe('200 close');
  await stopped;
  expect(await ask(web.port, agent)).toBe('ECONNREFUSED');
});

test('a line that is idle serves another two seconds, and then does not keep the server', async () => {
  const { web, agent } = await serve(0);
  expect(await ask(web.port, agent)).toBe('200 keep-alive');
  const began = Date.now();
  const stopped = web.stop();
  await pause(300);
  expect(await ask(web.port, agent)).toBe('200 close');
  await stopped;
  expect(Date.now() - began).toBeLessThan(4_000);
});

test('a line on which nobody asks is closed after two seconds; one that works is cut after the grace', async () => {
  const { web, agent } = await serve(60_000);
  const cut = ask(web.port, agent);
  await pause(100);
  const began = Date.now();
  await web.stop(1_500);
  expect(Date.now() - began).toBeGreaterThan(1_400);
  expect(await cut).toBe('ECONNRESET');
});

test('a request that has arrived when idle lines are closed is answered', async () => {
  const { web } = await serve(0);
  const socket = connect(web.port, '127.0.0.1');
  let told = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    told += part;
  });
  const ended = new Promise((resolve) => socket.on('close', resolve));
  const write = () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  write();
  while (!told.includes('ok')) await pause(10);
  // When this is done the timer that closes lines has run out, and timers run before anything is read.
  const late = () => {
    write();
    for (const end = Date.now() + 60; Date.now() < end; );
  };
  setTimeout(() => setImmediate(late), 1_970);
  await web.stop();
  await ended;
  expect(told.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
});
