import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { selfSigned } from '@throughline/testing';
import type { EgressCall, EgressOptions, Outcome } from '../src';
import { createEgress } from '../src';
import { startDnsServer } from './support/dns-server';
import { startListeners } from './support/listeners';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const serve = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

const call = (port: number, extra: Partial<EgressCall> = {}, options: EgressOptions = {}): Promise<Outcome> =>
  createEgress({ allow: [`127.0.0.1:${port}`], ...options }).call({
    url: `http://127.0.0.1:${port}/hook?a=1`,
    method: 'POST',
    body: '{"a":"ä"}',
    ...extra,
  });

describe('a call', () => {
  it('carries path, headers and bytes, and brings back status, headers and bytes', async () => {
    const got: unknown[] = [];
    const port = await serve(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      got.push([request.method, request.url, request.headers, Buffer.concat(parts).toString()]);
      response.setHeader('x-told', 'yes');
      response.statusCode = 202;
      response.end('thanks');
    });
    const outcome = await call(port, { headers: { 'content-type': 'application/json', 'webhook-id': 'm1' } });
    expect(outcome).toMatchObject({ kind: 'answered', status: 202, headers: { 'x-told': 'yes' } });
    expect(outcome.kind === 'answered' && outcome.body.toString()).toBe('thanks');
    const headers = {
      host: `127.0.0.1:${port}`,
      'content-length': '10',
      'webhook-id': 'm1',
      'accept-encoding': 'identity',
      connection: 'close',
      'content-type': 'application/json',
    };
    expect(got).toEqual([['POST', '/hook?a=1', headers, '{"a":"ä"}']]);
  });

  it('does not follow where it is sent', async () => {
    const inside = await startListeners();
    stops.push(inside.stop);
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await serve((_, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${inside.port}/` }).end(),
      );
      expect(await call(port, {}, { allow: [`127.0.0.1:${port}`, `127.0.0.1:${inside.port}`] })).toMatchObject({
        kind: 'answered',
        status,
      });
    }
    expect(inside.connections()).toBe(0);
  });

  it('goes through no proxy of the environment', async () => {
    const proxy = await startListeners();
    stops.push(proxy.stop);
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : `http://127.0.0.1:${proxy.port}`;
    const port = await serve((_, response) => response.end());
    expect(await call(port)).toMatchObject({ kind: 'answered', status: 200 });
    for (const [name, value] of before) value === undefined ? delete process.env[name] : (process.env[name] = value);
    expect(proxy.connections()).toBe(0);
  });

  it.each([
    [
      'a body without end',
      'ANSWER_TOO_LARGE',
      (write: (text: string) => void) => {
        write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (let i = 0; i < 200; i++) write(`1000\r\n${'x'.repeat(4096)}\r\n`);
      },
    ],
    [
      'a head of 20 KB',
      'ANSWER_INVALID',
      (write: (text: string) => void) => write(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`),
    ],
    [
      'something that is not HTTP',
      'ANSWER_INVALID',
      (write: (text: string) => void) => write('SSH-2.0-OpenSSH_9.2\r\n'),
    ],
    [
      'two lengths',
      'ANSWER_INVALID',
      (write: (text: string) => void) => write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
    ],
    [
      'another protocol',
      'ANSWER_INVALID',
      (write: (text: string) => void) =>
        write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['nothing', 'TIMED_OUT', () => undefined],
    [
      'a head, byte by byte',
      'TIMED_OUT',
      (write: (text: string) => void) => {
        write('HTTP/1.1 200 OK\r\nA: ');
        const timer = setInterval(() => write('x'), 50);
        stops.push(() => clearInterval(timer));
      },
    ],
    [
      'a body, byte by byte',
      'TIMED_OUT',
      (write: (text: string) => void) => {
        write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
        const timer = setInterval(() => write('x'), 50);
        stops.push(() => clearInterval(timer));
      },
    ],
    [
      'hints without end',
      'TIMED_OUT',
      (write: (text: string) => void) => {
        const timer = setInterval(() => write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
        stops.push(() => clearInterval(timer));
      },
    ],
  ] as const)('answered with %s ends as %s in its time', async (_what, reason, answer) => {
    const door = await startListeners((socket) => answer((text) => void (socket.writable && socket.write(text))));
    stops.push(door.stop);
    const started = performance.now();
    expect(await call(door.port, { deadlineMs: 600 })).toMatchObject({ kind: 'failed', reason, reached: true });
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it('does not unpack what is packed', async () => {
    const packed = gzipSync(Buffer.alloc(20_000_000));
    const port = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end(packed));
    const outcome = await call(port);
    expect(outcome.kind === 'answered' && outcome.body.length).toBe(packed.length);
  });

  it.each([
    [{ host: 'inside' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ 'content-length': '0' }],
    [{ 'proxy-authorization': 'x' }],
    [{ connection: 'upgrade' }],
    [{ 'x-a': 'b\r\nx-injected: 1' }],
    [{ 'x\r\na': 'b' }],
    [{ 'x-a': 'b\u0000' }],
  ])('refuses the headers %j', async (headers) => {
    const door = await startListeners();
    stops.push(door.stop);
    expect(await call(door.port, { headers: headers as Record<string, string> })).toMatchObject({
      kind: 'refused',
      reason: 'HEADER_INVALID',
    });
    expect(door.connections()).toBe(0);
  });

  it('says that nobody was reached when nobody listens', async () => {
    const door = await startListeners();
    await door.stop();
    expect(await call(door.port)).toMatchObject({ kind: 'failed', reason: 'CONNECTION_FAILED', reached: false });
  });

  it('reaches an origin that an operator set, by name', async () => {
    const port = await serve((_, response) => response.end());
    const url = `http://localhost:${port}/`;
    expect(
      await createEgress({ trusted: [`http://localhost:${port}/base`] }).call({ url, method: 'GET' }),
    ).toMatchObject({ status: 200 });
    expect(await createEgress({ trusted: [`https://localhost:${port}`] }).call({ url, method: 'GET' })).toMatchObject({
      kind: 'refused',
    });
  });
});

describe('over TLS', () => {
  const host = 'hooks.receiver.example';
  const start = async () => {
    const { cert, key } = selfSigned(host);
    const asked: unknown[] = [];
    const server = createTlsServer({ cert, key }, (request, response) => {
      asked.push([(request.socket as { servername?: string }).servername, request.headers.host]);
      response.end('ok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dns = await startDnsServer({ [host]: [['127.0.0.1']], 'other.receiver.example': [['127.0.0.1']] });
    stops.push(() => server.close(), dns.stop);
    const options = { ports: [port], allow: [`127.0.0.1:${port}`], dnsServers: [dns.address] };
    return { cert, port, asked, options };
  };

  it('the name of the URL is what the certificate must say, though the connection goes to an address', async () => {
    const { cert, port, asked, options } = await start();
    const egress = createEgress({ ...options, ca: cert });
    expect(await egress.call({ url: `https://${host}:${port}/`, method: 'GET' })).toMatchObject({
      kind: 'answered',
      status: 200,
    });
    expect(asked).toEqual([[host, `${host}:${port}`]]);
    const other = await egress.call({ url: `https://other.receiver.example:${port}/`, method: 'GET' });
    expect(other).toMatchObject({ kind: 'failed', reason: 'TLS_FAILED', reached: false });
  });

  it('a certificate that nobody vouches for is not trusted, whatever the environment says', async () => {
    const { port, asked, options } = await start();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const outcome = await createEgress(options).call({ url: `https://${host}:${port}/`, method: 'GET' });
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'TLS_FAILED' });
    expect(asked).toEqual([]);
  });
});
