import { performance } from 'node:perf_hooks';
import { createServerTime } from '../src';

test('the quickest answer counts, and the time is never ahead of the server', async () => {
  const real = () => Math.floor(performance.timeOrigin + performance.now());
  // Answers take long to be read, but for one.
  const delays = [80, 60, 0, 90, 70, 120];
  const db = {
    async command() {
      const localTime = new Date(real());
      await new Promise((resolve) => setTimeout(resolve, delays.shift()));
      return { localTime };
    },
  };
  const time = createServerTime({ db } as never);
  expect(() => time.now()).toThrow('before it is known');
  expect(await time.sync()).toBeLessThan(40);
  const behind = () => real() - time.now();
  expect(behind()).toBeLessThan(40);
  // A slow answer later does not set it back.
  await time.sync();
  expect(behind()).toBeLessThan(40);
  expect(behind()).toBeGreaterThanOrEqual(0);
});

test('who only gets slow answers knows that the time may be that much behind', async () => {
  const db = {
    async command() {
      const localTime = new Date();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { localTime };
    },
  };
  expect(await createServerTime({ db } as never).sync()).toBeGreaterThan(60);
});
