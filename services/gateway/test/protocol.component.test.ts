import { spawn } from 'node:child_process';
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { journeyV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import type { Gateway } from './harness';
import { startGateway } from './harness';

let gateway: Gateway;
const open = new Set<{ destroy(): unknown }>();
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  for (const one of open) one.destroy();
  open.clear();
});
afterAll(() => gateway.stop());

const PATH = '/v1/customers/c/timeline';
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const dial = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port) }, () => resolve(socket));
    socket.once('error', reject);
    open.add(socket);
  });

/** What a socket got until it was closed, and when that was. */
const ended = (socket: Socket): Promise<{ text: string; at: number }> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (part: Buffer) => {
      text += part.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ text, at: performance.now() }));
  });

/** Latencies of well-behaved callers until told to stop, milliseconds. */
const others = () => {
  const took: number[] = [];
  const failed: unknown[] = [];
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      const started = performance.now();
      const answer = await gateway.call(PATH).catch((error: unknown) => ({ status: error }));
      took.push(performance.now() - started);
      if (answer.status !== 200) failed.push(answer.status);
      if ('text' in answer) await answer.text();
      await sleep(10);
    }
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
      const sorted = [...took].sort((a, b) => a - b);
      return { failed, p99: sorted[Math.floor(sorted.length * 0.99)]!, n: took.length };
    },
  };
};

const calmP99 = async (): Promise<number> => {
  const calm = others();
  await sleep(2_000);
  return (await calm.stop()).p99;
};

/** The most processor time, milliseconds, that this process took between two turns of its loop, until told to stop. */
const longestTurn = () => {
  let longest = 0;
  let last = process.cpuUsage();
  const look = () => {
    const { user, system } = process.cpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.cpuUsage();
  };
  const timer = setInterval(look, 5);
  return () => {
    clearInterval(timer);
    return longest;
  };
};

/**
 * Others go on while somebody attacks: none of their calls fails, and none waits for the attack. The machine that runs the
 * tests does other things as well, so waiting counts only when it is there five times in a row and when the gateway (it runs in
 * this process) was busy itself for longer than a tenth of a second.
 */
const undisturbed = async (attackOnce: () => Promise<void>): Promise<void> => {
  const seen: string[] = [];
  for (let round = 0; round < 5; round++) {
    const before = await calmP99();
    const probe = others();
    const busiest = longestTurn();
    await attackOnce();
    const turn = busiest();
    const { failed, p99, n } = await probe.stop();
    expect(failed).toEqual([]);
    seen.push(`${before.toFixed(0)} → ${p99.toFixed(0)} ms over ${n} calls, longest turn ${turn.toFixed(0)} ms of CPU`);
    if (p99 < Math.max(before * 4, 1_000) || turn < 100) {
      console.info(`p99 of others: ${seen.join(', then ')}`);
      return;
    }
  }
  throw new Error(`others wait while it lasts, p99 ${seen.join(', then ')}`);
};

describe('callers who never finish', () => {
  it('their heads are cut off after ten seconds, their bodies after thirty; others do not notice', async () => {
    await undisturbed(async () => {
      const sockets = await Promise.all(Array.from({ length: 240 }, dial));
      const [heads, bodies, idle] = [sockets.slice(0, 100), sockets.slice(100, 140), sockets.slice(140)];
      const started = performance.now();
      const ends = { heads: heads.map(ended), bodies: bodies.map(ended) };
      for (const socket of heads) socket.write(`GET ${PATH} HTTP/1.1\r\nhost: x\r\nx-a: `);
      const post = `POST /v1/customers:resolve HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key}\r\n`;
      for (const socket of bodies)
        socket.write(`${post}content-type: application/json\r\ncontent-length: 5000\r\n\r\n{`);
      const drip = setInterval(() => {
        for (const socket of [...heads, ...bodies]) if (socket.writable) socket.write(' ');
      }, 400);
      try {
        for (const { text, at } of await Promise.all(ends.heads)) {
          expect(text).toMatch(/^HTTP\/1\.1 408 /);
          expect(at - started).toBeLessThan(18_000);
        }
        for (const { text, at } of await Promise.all(ends.bodies)) {
          expect(text).toMatch(/^HTTP\/1\.1 408 /);
          expect(at - started).toBeLessThan(38_000);
        }
      } finally {
        clearInterval(drip);
      }
      expect(idle).toHaveLength(100);
      for (const socket of idle) socket.destroy();
    });
  }, 180_000);
});

/** An attacker in a process of its own, so that only the gateway's work is ours; gives what it counted. */
const attack = (script: string): Promise<{ done: number; closed: boolean }> =>
  new Promise((resolve, reject) => {
    const head = `
      const { connect, constants } = require('node:http2');
      const tick = () => new Promise((resolve) => setImmediate(resolve));
      const headers = { ':method': 'POST', ':path': '/throughline.journey.v1.JourneyService/GetTimeline',
        'content-type': 'application/grpc', te: 'trailers' };
      const open = (options) => {
        const session = connect('http://${gateway.grpc}', options);
        session.on('error', () => undefined);
        return session;
      };
      const end = (done, closed) => { console.log(JSON.stringify({ done, closed })); process.exit(0); };
      `;
    const child = spawn(process.execPath, ['-e', `${head}(async () => {${script}})();`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    open.add({ destroy: () => child.kill('SIGKILL') });
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString();
    });
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`the attacker ended with ${code}`)),
    );
  });

describe('HTTP/2', () => {
  const works = async () => {
    const journey = createClient(journeyV1.JourneyServiceService, gateway.grpc, {
      metadata: { authorization: `Bearer ${gateway.key}` },
    });
    const answer = await journey.getTimeline(journeyV1.GetTimelineRequest.fromPartial({ customerId: 'c' }));
    expect(answer.entries).toHaveLength(2);
    journey.close();
  };

  it('a call that ends without a message is answered, whether its end comes with its head or after', async () => {
    const session = connectHttp2(`http://${gateway.grpc}`);
    open.add(session);
    const ask = (endStream: boolean) =>
      new Promise<unknown>((resolve, reject) => {
        const headers = {
          ':method': 'POST',
          ':path': '/throughline.journey.v1.JourneyService/GetTimeline',
          'content-type': 'application/grpc',
          te: 'trailers',
        };
        const stream = session.request(headers, { endStream });
        const seen = (answer: Record<string, unknown>) => {
          if (answer['grpc-status'] !== undefined) resolve(Number(answer['grpc-status']));
        };
        stream.on('response', seen).on('trailers', seen).on('error', reject).resume();
        stream.on('close', () => resolve('closed without an answer'));
        if (!endStream) stream.end();
      });
    // Refused for want of a message, with the status that grpc-js has for that.
    expect(await ask(false)).toBe(12);
    expect(await ask(true)).toBe(12);
  });

  it('streams that are reset as soon as they are opened end the connection, not the gateway', async () => {
    const heardBefore = gateway.heard.length;
    await undisturbed(async () => {
      const rss = process.memoryUsage().rss;
      for (let round = 0; round < 4; round++) {
        const { closed } = await attack(`
        const session = open();
        let done = 0;
        const gone = () => session.destroyed || session.closed;
        for (; done < 20000 && !gone(); done++) {
          const stream = session.request(headers);
          stream.on('error', () => undefined);
          stream.close(constants.NGHTTP2_CANCEL);
          if (done % 100 === 0) await tick();
        }
        for (let i = 0; i < 100 && !gone(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
        end(done, gone());
      `);
        // Whoever resets faster than anybody needs to is shown the door.
        expect(closed).toBe(true);
      }
      expect(process.memoryUsage().rss - rss).toBeLessThan(200 * 1024 * 1024);
    });
    // No reset stream became a call to a service.
    const foreign = gateway.heard.slice(heardBefore).filter(({ call }) => call.caller.tenantId !== 'acme');
    expect(foreign).toEqual([]);
    await works();
  }, 150_000);

  it('a flood of pings does not keep others waiting', async () => {
    await undisturbed(async () => {
      const { done } = await attack(`
      const session = open({ maxOutstandingPings: 100000 });
      await new Promise((resolve) => session.once('connect', resolve));
      let done = 0;
      for (; done < 50000 && !session.destroyed; done++) {
        session.ping(() => undefined);
        if (done % 200 === 0) await tick();
      }
      end(done, session.destroyed);
    `);
      expect(done).toBeGreaterThan(100);
    });
    await works();
  }, 150_000);
});
