import { judge, perfect } from '../src/history';
import type { Mutation } from '../src/mini-pipeline';
import { runMini } from '../src/mini-pipeline';

const infra = {
  kafkaBrokers: process.env['KAFKA_BROKERS'] ?? '127.0.0.1:19092',
  mongoUrl: process.env['MONGO_URL'] ?? 'mongodb://127.0.0.1:27117/?replicaSet=rs0',
};

describe('the checker catches every mutant', () => {
  it('a whole pipeline that dies once has a perfect history', async () => {
    const { sent, seen } = await runMini(infra, 'none');
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
      const { sent, seen } = await runMini(infra, mutation);
      expect(judge(sent, seen)[fault]).toBeGreaterThan(0);
    },
    60_000,
  );
});
