import { createRounds } from '../src';

const soon = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

test('rounds follow one another, never overlap, and a failure is told and does not end them', async () => {
  let running = 0;
  let most = 0;
  let count = 0;
  const failures: unknown[] = [];
  const rounds = createRounds({
    async work() {
      most = Math.max(most, ++running);
      await soon(2);
      running--;
      if (++count === 2) throw new Error('second');
    },
    pauseMs: 1,
    failed: (error) => failures.push(error),
  });
  rounds.start();
  while (count < 5) await soon(1);
  await rounds.stop();
  const ended = count;
  await soon(20);
  expect([most, running, count, failures.length]).toEqual([1, 0, ended, 1]);
});

test('the outcome of a round may decide the pause; waking and stopping end it', async () => {
  const waits = [0, 60_000, 60_000];
  let count = 0;
  const rounds = createRounds({ work: async () => waits[count++]!, pauseMs: (wait) => wait, failed: () => {} });
  rounds.start();
  await rounds.settled();
  expect(count).toBe(1);
  while (count < 2) await soon(1);
  await soon(20);
  expect(count).toBe(2);
  rounds.wake();
  while (count < 3) await soon(1);
  await rounds.stop();
  expect(count).toBe(3);
});

test('woken during a round, the next one begins at once; stopping waits for the running one', async () => {
  let count = 0;
  const rounds = createRounds({
    async work() {
      count++;
      await soon(10);
    },
    pauseMs: 60_000,
    failed: () => {},
  });
  rounds.start();
  rounds.wake();
  while (count < 2) await soon(1);
  let ended = false;
  const stopping = rounds.stop().then(() => {
    ended = true;
  });
  await soon(1);
  expect(ended).toBe(false);
  await stopping;
  expect(count).toBe(2);
});
