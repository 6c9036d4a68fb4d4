import { cases } from '../src/cases';
import type { CaseOptions } from '../src/cases/types';
import type { Bench } from '../src/measure/context';
import { openBench } from '../src/measure/context';

// Whether each case still measures what it says: its answers are checked by ids, its speed is not looked at.
let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ kafkaBrokers: process.env['KAFKA_BROKERS']!, mongoUrl: process.env['MONGO_URL']! });
});
afterAll(() => bench.client.close());

const small: Record<string, CaseOptions> = {
  b1: { events: 2_000 },
  b1h: { events: 2_000 },
  b2: { events: 2_000 },
  b3: { rate: 200, ms: 2_000 },
  b4: { events: 2_000 },
  b5: { events: 500 },
  b6: { rate: 50, ms: 1_000 },
  b7: { events: 2_000, rate: 500, ms: 1_000 },
  b7b: { events: 1_000 },
  b8: { events: 2_000, ms: 4_000 },
  b10: { events: 400, ms: 200 },
  b11: { events: 400, ms: 200 },
  b11r: { events: 400, ms: 200 },
  b12: { events: 2_000 },
  b13: { events: 20_000 },
  b15: { events: 400, ms: 1_500 },
  b17: { events: 50 },
  b18: { events: 1_000 },
  'take-over': { events: 2_000 },
  capacity: { events: 1_000, ms: 200 },
};

test('every case has a small form here', () => {
  expect(Object.keys(small)).toEqual(Object.keys(cases));
});

test.each(Object.keys(small))(
  '%s gives right answers on both sides',
  async (name) => {
    const { lines } = await cases[name]!(bench, { ...small[name], pairs: 1, warmUp: false });
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatchObject({ correct: true });
  },
  120_000,
);
