import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMatcher } from '@throughline/routing/matcher';
import { linearBest } from '../floors/linear-matcher';
import { interleave, ratioOf } from '../measure/pairs';
import type { RoutingLoad } from '../workload/routing';
import { routingLoad } from '../workload/routing';
import { spread } from './lines';
import type { Case } from './types';

const AGENTS = 10_000;
const NOW = 60_000_000;
const OPEN = ['voice', 'chat', 'email'];

const filled = ({ agents, items }: RoutingLoad) => {
  const matcher = createMatcher();
  for (const agent of agents) matcher.setAgent(agent);
  for (const item of items) matcher.add(item);
  return matcher;
};

/** Contacts that come later than all that wait. */
const arrivals = ({ items }: RoutingLoad, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: `0190f3a2-7c11-7b3e-9d50-${i.toString(16).padStart(12, '0')}`,
    demand: items[i % items.length]!.demand,
    standing: -items.length / 1_000 - i / 1_000,
  }));

type Decided = { perDecisionUs: number; picked: string[] };

/**
 * One decision: an agent becomes free, gets the best contact there is, and is busy again; a new contact arrives in its
 * place, so the queue stays as long as it was.
 */
const decideIndexed = (load: RoutingLoad, decisions: number): Decided => {
  const matcher = filled(load);
  const next = arrivals(load, decisions);
  const picked: string[] = [];
  const started = process.hrtime.bigint();
  for (let i = 0; i < decisions; i++) {
    const agent = load.agents[(i * 7919) % load.agents.length]!;
    matcher.setAgent({ ...agent, open: OPEN });
    const id = matcher.bestItemFor(agent.agentId, NOW);
    matcher.setAgent(agent);
    picked.push(id ?? '');
    if (!id) continue;
    matcher.remove(id);
    matcher.add(next[i]!);
  }
  return { perDecisionUs: Number(process.hrtime.bigint() - started) / 1_000 / decisions, picked };
};

const decideLinear = (load: RoutingLoad, decisions: number): Decided => {
  const waiting = new Map(load.items.map((item) => [item.id, item]));
  const next = arrivals(load, decisions);
  const picked: string[] = [];
  const started = process.hrtime.bigint();
  for (let i = 0; i < decisions; i++) {
    const agent = load.agents[(i * 7919) % load.agents.length]!;
    const best = linearBest(waiting.values(), { ...agent, open: OPEN }, NOW / 60_000);
    picked.push(best?.id ?? '');
    if (!best) continue;
    waiting.delete(best.id);
    waiting.set(next[i]!.id, next[i]!);
  }
  return { perDecisionUs: Number(process.hrtime.bigint() - started) / 1_000 / decisions, picked };
};

const micro = (runs: number[]): string => {
  const sorted = [...runs].sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(2)} µs`;
};

/** B4: a decision in memory against the linear matcher. B4g: how its cost grows with the length of the queue. */
export const b4: Case = async (bench, { events = 100_000, pairs, warmUp }) => {
  const load = routingLoad(AGENTS, events);
  const few = 200;
  const many = 50_000;
  let same = true;
  const runs = await interleave(
    { pairs, warmUp },
    async () => decideIndexed(load, many),
    async () => decideLinear(load, few),
    ({ ours, floor }) => {
      // The index is only fast when it is right: the first decisions must be the very same.
      same &&= floor.picked.every((id, i) => id === ours.picked[i]);
    },
  );
  const ratio = ratioOf(runs.map(({ ours, floor }) => ({ ours: floor.perDecisionUs, floor: ours.perDecisionUs })));
  bench.say(`B4 done: ${spread(ratio)}`);
  const small = routingLoad(AGENTS, 1_000);
  const large = routingLoad(AGENTS, events * 10);
  const growth = await interleave(
    { pairs, warmUp },
    async () => decideIndexed(large, many),
    async () => decideIndexed(small, many),
  );
  const grown = ratioOf(growth.map(({ ours, floor }) => ({ ours: ours.perDecisionUs, floor: floor.perDecisionUs })));
  return {
    lines: [
      {
        case: 'B4',
        what: `decision in memory, ${AGENTS} agents, ${events} queued, 64 skills`,
        ours: micro(runs.map(({ ours }) => ours.perDecisionUs)),
        floor: micro(runs.map(({ floor }) => floor.perDecisionUs)),
        ratio: spread(ratio),
        goal: '≥ 500',
        met: ratio.median >= 500,
        correct: same,
      },
      {
        case: 'B4g',
        what: `decision at ${events * 10} queued ÷ at 1000`,
        ours: micro(growth.map(({ ours }) => ours.perDecisionUs)),
        floor: micro(growth.map(({ floor }) => floor.perDecisionUs)),
        ratio: spread(grown),
        goal: '≤ 1.5',
        met: grown.median <= 1.5,
        correct: growth.every(({ ours, floor }) => ours.picked.some(Boolean) && floor.picked.some(Boolean)),
      },
    ],
    detail: { runs: runs.map(({ ours, floor }) => [ours.perDecisionUs, floor.perDecisionUs]), grown },
  };
};

// The collector at hand without a flag on the command line.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const heap = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const holding = (make: () => unknown): number => {
  const before = heap();
  const kept = [make()];
  const after = heap();
  if (kept.length === 0) throw new Error('kept nothing');
  return after - before;
};

/** B13: memory of waiting contacts in the index against a plain map of objects. */
export const b13: Case = async (_bench, { events = 1_000_000, pairs = 3 }) => {
  const { items } = routingLoad(0, 1);
  const { demand } = items[0]!;
  const id = (i: number) => ['0190f3a2-7c11-7b3e-9d4f-', i.toString(16).padStart(12, '0')].join('');
  let held = 0;
  const measured = Array.from({ length: pairs }, () => ({
    ours: holding(() => {
      const matcher = createMatcher();
      for (let i = 0; i < events; i++) matcher.add({ id: id(i), demand, standing: -i });
      held += matcher.size();
      return matcher;
    }),
    floor: holding(() => {
      const map = new Map<string, object>();
      for (let i = 0; i < events; i++) {
        const item = { id: id(i), queueId: 'queue', channel: 'chat', priority: 5 + (i % 4) / 7, arrivedAt: 1.7e12 + i };
        map.set(item.id, { ...item, skills: ['a'], score: -i / 7, state: 'queued' });
      }
      return map;
    }),
  }));
  const ratio = ratioOf(measured);
  const megabytes = (list: number[]) => `${Math.round(Math.max(...list) / 1e6)} MB`;
  return {
    lines: [
      {
        case: 'B13',
        what: `memory of ${events} queued`,
        ours: megabytes(measured.map(({ ours }) => ours)),
        floor: megabytes(measured.map(({ floor }) => floor)),
        ratio: spread(ratio),
        goal: '≤ 0.35',
        met: ratio.median <= 0.35,
        correct: held === events * pairs,
      },
    ],
    detail: measured,
  };
};
