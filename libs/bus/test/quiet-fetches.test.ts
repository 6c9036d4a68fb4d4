import { quietFetch } from '../src/quiet-fetches';

const nothing = { rawMessages: [] };
const something = { rawMessages: ['a'] };

test('after ten fetches that bring nothing it waits longer, until something comes; partitions without a message are left out', async () => {
  const answers = [...Array.from({ length: 12 }, () => [nothing, nothing]), [nothing, something], [nothing]];
  const waits: number[] = [];
  const group = {
    maxWaitTime: 1_000,
    fetch: quietFetch<typeof something>(async function (this: { maxWaitTime: number }) {
      waits.push(this.maxWaitTime);
      return answers.shift()!;
    } as never),
  };
  const brought: unknown[][] = [];
  while (answers.length > 0) brought.push(await group.fetch('0'));
  expect(waits).toEqual([...Array.from({ length: 10 }, () => 1_000), 3_000, 3_000, 3_000, 1_000]);
  expect(brought.flat()).toEqual([something]);
  expect(brought[12]).toEqual([something]);
});

test('a fetch that fails is neither', async () => {
  const waits: number[] = [];
  const group = {
    maxWaitTime: 500,
    fetch: quietFetch<typeof something>(async function (this: { maxWaitTime: number }) {
      waits.push(this.maxWaitTime);
      throw new Error('away');
    } as never),
  };
  for (let i = 0; i < 12; i++) await expect(group.fetch('0')).rejects.toThrow('away');
  expect(new Set(waits)).toEqual(new Set([500]));
});
