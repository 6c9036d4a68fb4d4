import { createRequire } from 'node:module';
import { noTelemetry } from '@throughline/telemetry';
import { connectStore } from '../src/connect';

test('a pool of connections that has nothing to do does nothing', async () => {
  const { ConnectionPool } = createRequire(require.resolve('mongoose'))('mongodb/lib/cmap/connection_pool') as {
    ConnectionPool: { prototype: { ensureMinPoolSize(): void } };
  };
  const store = connectStore({ url: process.env.MONGO_URL!, db: 'quiet-pools', telemetry: noTelemetry() });
  const looks = jest.spyOn(ConnectionPool.prototype, 'ensureMinPoolSize');
  await store.start();
  try {
    await store.ping();
    // That one is counted at all shows that the driver is still built this way.
    expect(looks.mock.calls.length).toBeGreaterThan(0);
    looks.mockClear();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(looks).not.toHaveBeenCalled();
  } finally {
    looks.mockRestore();
    await store.stop();
  }
});
