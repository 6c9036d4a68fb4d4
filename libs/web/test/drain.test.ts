import { Agent, request } from 'node:http';
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

test('a line that is idle serves another second, and then does not keep the server', async () => {
  const { web, agent } = await serve(0);
  expect(await ask(web.port, agent)).toBe('200 keep-alive');
  const began = Date.now();
  const stopped = web.stop();
  await pause(300);
  expect(await ask(web.port, agent)).toBe('200 close');
  await stopped;
  expect(Date.now() - began).toBeLessThan(3_000);
});

test('a line on which nobody asks is closed after a second; one that works is cut after the grace', async () => {
  const { web, agent } = await serve(60_000);
  const cut = ask(web.port, agent);
  await pause(100);
  const began = Date.now();
  await web.stop(1_500);
  expect(Date.now() - began).toBeGreaterThan(1_400);
  expect(await cut).toBe('ECONNRESET');
});
