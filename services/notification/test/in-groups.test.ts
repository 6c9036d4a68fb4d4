import { inGroups } from '../src/use-cases/in-groups';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('work in groups', () => {
  it('what comes meanwhile is the next group, each caller gets its own results, tenants do not wait for each other', async () => {
    const groups: string[] = [];
    let free: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    const double = inGroups(async (tenantId, items: number[]) => {
      groups.push(`${tenantId}:${items.join()}`);
      if (tenantId === 'slow') await held;
      return items.map((item) => item * 2);
    });
    const slow = [double('slow', [1]), double('slow', [2, 3]), double('slow', [4])];
    expect(await double('quick', [5])).toEqual([10]);
    await turn();
    expect(groups).toEqual(['slow:1', 'quick:5']);
    free();
    expect(await Promise.all(slow)).toEqual([[2], [4, 6], [8]]);
    expect(groups).toEqual(['slow:1', 'quick:5', 'slow:2,3,4']);
  });

  it('a group that fails fails for those in it and nobody after', async () => {
    let failing = true;
    const work = inGroups(async (_, items: string[]) => {
      if (failing) throw new Error('no database');
      return items;
    });
    await expect(work('t', ['a'])).rejects.toThrow('no database');
    failing = false;
    expect(await work('t', ['b'])).toEqual(['b']);
  });

  it('a group has its bounds, and one caller alone may be larger', async () => {
    const sizes: number[] = [];
    const work = inGroups(async (_, items: number[]) => {
      sizes.push(items.length);
      await turn();
      return items;
    }, 3);
    await Promise.all([work('t', [0]), work('t', [1, 2, 3, 4, 5]), work('t', [6, 7]), work('t', [8]), work('t', [9])]);
    expect(sizes).toEqual([1, 5, 3, 1]);
  });
});
