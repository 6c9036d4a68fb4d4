import { judge, perfect } from '../src/history';
import { infra } from '../src/infra';
import type { Mutation } from '../src/mini-pipeline';
import { runMini } from '../src/mini-pipeline';

describe('the checker catches every mutant', () => {
  it('a whole pipeline that dies once has a perfect history', async () => {
    const { sent, seen } = await runMini(infra(), 'none');
    expect(judge(sent, seen)).toEqual(perfect);
  }, 60_000);

  it.each<[Mutation, 'lost' | 'doubled']>([
    ['no-republish', 'lost'],
    ['commit-first', 'lost'],
    ['no-fence', 'doubled'],
    ['no-dedupe', 'doubled'],
  ])(
    '%s is caught: %s',
    async (mutation, fault) => {
      const { sent, seen } = await runMini(infra(), mutation);
      expect(judge(sent, seen)[fault]).toBeGreaterThan(0);
    },
    60_000,
  );
});
