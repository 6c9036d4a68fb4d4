import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Fault, FaultProxy } from '../src/fault-proxy';
import { startFaultProxy } from '../src/fault-proxy';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let heard = '';
let echo: Server;
let proxy: FaultProxy;
let fault: Fault = { kind: 'pass' };
const sockets: Socket[] = [];

beforeAll(async () => {
  echo = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      heard += String(piece);
      socket.write(`echo ${piece}`);
    });
  });
  await new Promise<void>((resolve) => void echo.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy((echo.address() as AddressInfo).port, () => fault);
});
afterAll(async () => {
  await proxy.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => echo.close(resolve));
});
beforeEach(() => {
  heard = '';
});

const open = async (kind: Fault) => {
  fault = kind;
  const socket = connect(proxy.port, '127.0.0.1');
  const seen = { text: '', ended: '' };
  socket.on('data', (piece) => {
    seen.text += String(piece);
  });
  socket.on('error', (error) => {
    seen.ended = (error as NodeJS.ErrnoException).code ?? 'error';
  });
  socket.on('close', () => {
    seen.ended ||= 'closed';
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, seen };
};

test('pass carries both ways', async () => {
  const { socket, seen } = await open({ kind: 'pass' });
  socket.write('a');
  await pause(50);
  expect([heard, seen.text, seen.ended]).toEqual(['a', 'echo a', '']);
  socket.destroy();
});

test('swallow lets the request through and keeps the answer, and the caller just waits', async () => {
  const before = proxy.swallowed();
  const { socket, seen } = await open({ kind: 'swallow' });
  socket.write('b');
  await pause(50);
  expect([heard, seen.text, seen.ended, proxy.swallowed() - before]).toEqual(['b', '', '', 1]);
  socket.destroy();
});

test('half-open lets nothing through and looks alive', async () => {
  const { socket, seen } = await open({ kind: 'half-open' });
  socket.write('c');
  await pause(50);
  expect([heard, seen.text, seen.ended]).toEqual(['', '', '']);
  socket.destroy();
});

test('reset breaks the line at the first word', async () => {
  const { socket, seen } = await open({ kind: 'reset' });
  socket.write('d');
  await pause(50);
  expect([heard, seen.text, seen.ended]).toEqual(['', '', 'ECONNRESET']);
});

test('latency delays both ways and keeps the order', async () => {
  const { socket, seen } = await open({ kind: 'latency', ms: 60 });
  socket.write('e');
  socket.write('f');
  await pause(30);
  expect(heard).toBe('');
  await pause(60);
  expect([heard, seen.text]).toEqual(['ef', '']);
  await pause(100);
  expect(seen.text.replace('echo f', 'f').replace('echo e', 'e')).toMatch(/^ef$/);
  socket.destroy();
});

test('a rule changes lines that stand, and a cut ends them all', async () => {
  const { socket, seen } = await open({ kind: 'pass' });
  proxy.rule({ kind: 'swallow' });
  socket.write('g');
  await pause(50);
  expect([heard, seen.text]).toEqual(['g', '']);
  proxy.cut();
  await pause(50);
  expect(seen.ended).toBe('ECONNRESET');
  proxy.rule(undefined);
});
