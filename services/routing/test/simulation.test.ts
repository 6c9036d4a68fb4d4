import { expectErlangA, expectErlangC } from '../src/domain/erlang';
import { reportOf } from '../src/domain/report';
import { serviceLevels } from '../src/domain/service-level';
import type { WorkItem } from '../src/domain/work-item';
import type { SimulatedDay } from './support/simulate';
import { simulateDay } from './support/simulate';

const GOAL = { targetPercent: 80, thresholdSeconds: 20, shortAbandonSeconds: 5 };
const DAYS = 8;
/** Student's t for 99 % and DAYS - 1 degrees of freedom. */
const T_99 = 3.499;
/** The day starts with nobody in the queue; the formulas speak of one that runs for ever. */
const SETTLING_MS = 3_600_000;

const load = { contacts: 30_000, arrivalsPerSecond: 1 / 3, handleSeconds: 180 };
/** 68 agents at 60 erlang: busy, yet days differ little enough to tell one agent more or less. */
const AGENTS = 68;

const settled = (items: WorkItem[]): WorkItem[] =>
  items.filter(({ arrivedAt }) => arrivedAt >= items[0]!.arrivedAt + SETTLING_MS);

/** What a day came to, by the queue report from raw facts. */
const measured = (items: WorkItem[]) => {
  const report = reportOf(items, 'calls', GOAL, 0, Number.MAX_SAFE_INTEGER);
  const levels = serviceLevels(report.counts, report.overdue);
  const waits = items.map(({ stays }) => (stays[0]!.leftAt - stays[0]!.enteredAt) / 1000);
  return {
    serviceLevel: levels['SL-3']!,
    serviceLevelIgnoringAbandons: levels['SL-4']!,
    averageWaitSeconds: waits.reduce((sum, wait) => sum + wait, 0) / waits.length,
    waitProbability: waits.filter((wait) => wait > 0).length / waits.length,
    abandonProbability: report.abandonmentRate!,
  };
};

const meanAndHalfWidth = (values: number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, half: T_99 * Math.sqrt(variance / values.length) };
};

const days = (day: Omit<SimulatedDay, 'seed'>) =>
  Array.from({ length: DAYS }, (_, i) => measured(settled(simulateDay({ ...day, seed: 1 + i }))));

describe('days of 30,000 contacts on the real matcher', () => {
  const patient = days({ ...load, agents: AGENTS });

  it('agree with Erlang C within 99 % confidence', () => {
    const expected = expectErlangC({ ...load, agents: AGENTS }, GOAL.thresholdSeconds);
    for (const name of ['serviceLevel', 'averageWaitSeconds', 'waitProbability'] as const) {
      const { mean, half } = meanAndHalfWidth(patient.map((one) => one[name]));
      expect({ name, mean, half, agrees: Math.abs(mean - expected[name]) <= half }).toMatchObject({ agrees: true });
    }
  });

  it('and would not with one agent more or fewer: the intervals are narrow enough to tell', () => {
    const { mean, half } = meanAndHalfWidth(patient.map(({ serviceLevel }) => serviceLevel));
    for (const agents of [AGENTS - 1, AGENTS + 1]) {
      const other = expectErlangC({ ...load, agents }, GOAL.thresholdSeconds).serviceLevel;
      expect(Math.abs(mean - other)).toBeGreaterThan(half);
    }
  });

  it('agree with Erlang A within 99 % confidence, in both variants of the service level', () => {
    const impatient = days({ ...load, agents: 60, patienceSeconds: 120 });
    const expected = expectErlangA({ ...load, agents: 60 }, 120, GOAL.thresholdSeconds);
    for (const name of [
      'serviceLevel',
      'serviceLevelIgnoringAbandons',
      'averageWaitSeconds',
      'waitProbability',
      'abandonProbability',
    ] as const) {
      const { mean, half } = meanAndHalfWidth(impatient.map((one) => one[name]));
      expect({ name, mean, half, agrees: Math.abs(mean - expected[name]) <= half }).toMatchObject({ agrees: true });
      expect(half).toBeLessThan(0.2 * expected[name]);
    }
  }, 60_000);

  it('the report of such a day takes far less than seconds', () => {
    const items = simulateDay({ ...load, agents: AGENTS, seed: 99 });
    const started = process.cpuUsage();
    const report = reportOf(items, 'calls', GOAL, 0, Number.MAX_SAFE_INTEGER);
    const { user } = process.cpuUsage(started);
    expect(report.counts).toMatchObject({ offered: 30_000, answered: 30_000, abandoned: 0 });
    expect(report.handled).toBe(30_000);
    expect(user).toBeLessThan(2_000_000);
  }, 60_000);
});
