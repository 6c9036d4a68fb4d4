import type { Gateway } from './harness';
import { startGateway } from './harness';

const PATH = '/v1/customers/c/timeline';
const with_ = async (settings: Parameters<typeof startGateway>[0], work: (gateway: Gateway) => Promise<void>) => {
  const gateway = await startGateway(settings);
  try {
    await work(gateway);
  } finally {
    await gateway.stop();
  }
};

test('beyond its rate a key gets 429 with the moment to come back, and other tenants notice nothing', async () => {
  await with_({ GATEWAY_KEY_REQUESTS_PER_SECOND: 5 }, async (gateway) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.call(PATH)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect(await refused[0]!.json()).toMatchObject({ reason: 'RATE_LIMITED' });
    expect((await gateway.call(PATH, { key: gateway.otherKey })).status).toBe(200);
  });
});

test('with too much in flight reads are refused before writes, with a moment to come back', async () => {
  await with_({ GATEWAY_MAX_IN_FLIGHT: 3 }, async (gateway) => {
    const abort = new AbortController();
    const slow = Array.from({ length: 3 }, () =>
      gateway.call('/v1/customers/slow/timeline', { signal: abort.signal }).catch(() => undefined),
    );
    while (gateway.heard.length < 3) await new Promise((resolve) => setImmediate(resolve));
    const read = await gateway.call(PATH);
    expect([read.status, read.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await read.json()).toMatchObject({ reason: 'OVERLOADED' });
    abort.abort();
    await Promise.all(slow);
  });
});

test('streams of a key are bounded', async () => {
  await with_({ GATEWAY_STREAMS_PER_KEY: 1 }, async (gateway) => {
    const abort = new AbortController();
    const first = await gateway.call('/v1/customers/waits/timeline:watch', { signal: abort.signal });
    expect(first.status).toBe(200);
    const second = await gateway.call('/v1/customers/waits/timeline:watch');
    expect([second.status, await second.json()]).toMatchObject([429, { reason: 'TOO_MANY_STREAMS' }]);
    abort.abort();
  });
});
