import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { noTelemetry } from '@throughline/telemetry';
import { kafkaClient } from '../src/kafka';

const { prototype } = require('kafkajs/src/network/requestQueue') as {
  prototype: { checkPendingRequests(): void; scheduleRequestTimeoutCheck(): void };
};

const clientOf = (brokers: string[], requestTimeoutMs?: number) =>
  kafkaClient({ brokers, clientId: 'quiet', topicPrefix: '', telemetry: noTelemetry(), requestTimeoutMs });

test('a connection that has nothing to do does nothing', async () => {
  const kafka = clientOf(process.env.KAFKA_BROKERS!.split(','));
  const looks = jest.spyOn(prototype, 'checkPendingRequests');
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.listTopics();
    // Each answer is a look; that they are counted at all shows that the client is still built this way.
    expect(looks.mock.calls.length).toBeGreaterThan(0);
    looks.mockClear();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(looks.mock.calls.length).toBeLessThanOrEqual(2);
    // And it answers as before, many at once.
    const answers = await Promise.all(Array.from({ length: 50 }, () => admin.listTopics()));
    expect(answers).toHaveLength(50);
  } finally {
    looks.mockRestore();
    await admin.disconnect();
  }
}, 20_000);

test('a request that is never answered ends after its time', async () => {
  const lines: Socket[] = [];
  const silent = createServer((socket) => lines.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const admin = clientOf([`127.0.0.1:${port}`], 200).admin({ retry: { retries: 0 } });
  try {
    // The client says one or the other, once it has given up the first request; it waits for ever unless somebody looks.
    await expect(admin.connect().then(() => admin.listTopics())).rejects.toThrow(/timed out|not connected/);
    expect(lines.length).toBeGreaterThan(0);
  } finally {
    await admin.disconnect().catch(() => undefined);
    for (const line of lines) line.destroy();
    silent.close();
  }
}, 20_000);

test('whether requests are out of time is looked at when the first of them can be, and not before', () => {
  clientOf(['127.0.0.1:1']);
  jest.useFakeTimers();
  try {
    const inflight = new Map<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>();
    const ended: [id: number, at: number][] = [];
    const begun = Date.now();
    const send = (id: number, requestTimeout: number) =>
      inflight.set(id, {
        sentAt: Date.now(),
        requestTimeout,
        timeoutRequest() {
          inflight.delete(id);
          ended.push([id, Date.now() - begun]);
        },
      });
    let looks = 0;
    let connected = true;
    const isConnected = () => {
      looks++;
      return connected;
    };
    const queue = { inflight, requestTimeout: 10_000, enforceRequestTimeout: true, isConnected, destroy() {} };
    prototype.scheduleRequestTimeoutCheck.call(queue);
    jest.advanceTimersByTime(4_000);
    send(1, 10_000);
    jest.advanceTimersByTime(1_000);
    send(2, 30_000);
    jest.advanceTimersByTime(40_000);
    expect(ended).toEqual([
      [1, 14_000],
      [2, 35_000],
    ]);
    expect(looks).toBeLessThanOrEqual(6);
    connected = false;
    jest.advanceTimersByTime(10_000);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
