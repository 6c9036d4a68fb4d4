import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { Refusal } from '@throughline/core';
import { noTelemetry } from '@throughline/telemetry';
import type { WebServer } from '../src';
import { createWebApp, listen, rawBody, readBody } from '../src';

let web: WebServer;
let url = '';
beforeAll(async () => {
  const app = createWebApp({
    telemetry: noTelemetry(),
    routes: (routes) => {
      routes.get('/refused', () => {
        throw new Refusal('exhausted', 'TOO_MANY', 'slow down', { metadata: { retry_after_seconds: '7' } });
      });
      routes.get('/bug', () => {
        throw new TypeError('secret inside');
      });
      routes.get('/query', (request, response) => void response.json(request.query));
      routes.post('/raw', rawBody(1_000), (request, response) => void response.json((request.body as Buffer).length));
      routes.post('/own', async (request, response) => void response.json((await readBody(request, 1_000)).length));
    },
  });
  web = await listen(app, { port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${web.port}`;
});
afterAll(() => web.stop(100));

test.each([
  ['/refused', 429, 'TOO_MANY'],
  ['/bug', 500, 'INTERNAL'],
  ['/nowhere', 404, 'NOT_FOUND'],
  [`/query?x=${'a'.repeat(9_000)}`, 414, 'URL_TOO_LONG'],
])('%s answers with a problem', async (path, status, reason) => {
  const response = await fetch(url + path);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = await response.text();
  expect(JSON.parse(body)).toMatchObject({ status, reason });
  expect(body).not.toContain('secret inside');
});

test('a refusal carries its Retry-After, and a query never becomes an object', async () => {
  expect((await fetch(`${url}/refused`)).headers.get('retry-after')).toBe('7');
  expect(await (await fetch(`${url}/query?a[$ne]=1`)).json()).toEqual({ 'a[$ne]': '1' });
});

test.each(['/raw', '/own'])('%s: a body within the limit is read, one beyond is 413', async (path) => {
  const send = (size: number) => fetch(url + path, { method: 'POST', body: Buffer.alloc(size, 1) });
  expect(await (await send(1_000)).json()).toBe(1_000);
  expect((await send(1_001)).status).toBe(413);
});

test('a body sent in chunks without a length is cut at the limit', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = httpRequest(`${url}/own`, { method: 'POST' }, (response) => resolve(response.statusCode));
    request.on('error', reject);
    for (let i = 0; i < 20; i++) request.write(Buffer.alloc(100, 1));
  });
  expect(status).toBe(413);
});

const talk = (bytes: string) =>
  new Promise<string>((resolve) => {
    const socket = connect(web.port, '127.0.0.1', () => socket.write(bytes));
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString();
    });
    socket.on('close', () => resolve(heard));
  });

test.each([
  ['nonsense', 'NONSENSE\r\n\r\n', '400'],
  [
    'two lengths',
    'POST /own HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    '400',
  ],
  ['huge headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, '431'],
])('broken HTTP is answered and closed: %s', async (_, bytes, status) => {
  expect(await talk(bytes)).toContain(`HTTP/1.1 ${status} `);
});
