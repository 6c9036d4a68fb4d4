import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMatcher } from '@throughline/routing/matcher';
import { linearBest } from '../floors/linear-matcher';
import { interleave, ratioOf } from '../measure/pairs';
import type { RoutingLoad } from '../workload/routing';
import { contactId, routingLoad } from '../workload/routing';
import { spread } from './lines';
import type { Case } from './types';

const AGENTS = 10_000;
const NOW = 60_000_000;
const OPEN = ['voice', 'chat', 'email'];

/** The index in use: contacts wait, and every agent has been free before. */
const filled = ({ agents, items }: RoutingLoad) => {
  const matcher = createMatcher();
  for (const agent of agents) matcher.setAgent(agent);
  for (const item of items) matcher.add(item);
  for (const agent of agents) {
    matcher.setAgent({ ...agent, open: OPEN });
    matcher.bestItemFor(agent.agentId, NOW);
    matcher.setAgent(agent);
  }
  return matcher;
};

type Decided = { perDecisionUs: number; picked: string[] };

/** Who becomes free, and which contact comes in the place of the one that is given: made before any clock starts. */
interface Day {
  load: RoutingLoad;
  free: RoutingLoad['agents'];
  arrivals: RoutingLoad['items'];
}

const nth = <T>(list: T[], i: number): T => list[(i * 7919) % list.length]!;

/** New contacts are of the kind that was taken, and come later than all that wait: the queue stays as it was. */
const dayOf = (load: RoutingLoad, decisions: number): Day => {
  const free = load.agents.map((agent) => ({ ...agent, open: OPEN }));
  const demands = new Map(load.items.map(({ id, demand }) => [id, demand]));
  const matcher = filled(load);
  const arrivals: RoutingLoad['items'] = [];
  for (let i = 0; i < decisions; i++) {
    const { agentId } = nth(free, i);
    matcher.setAgent(nth(free, i));
    const taken = matcher.bestItemFor(agentId, NOW);
    matcher.setAgent(nth(load.agents, i));
    const demand = demands.get(taken ?? '') ?? load.items[0]!.demand;
    const id = contactId(0x9d50, i);
    const item = { id, demand, standing: -(load.items.length + i) / 1_000 };
    arrivals.push(item);
    demands.set(id, demand);
    if (!taken) continue;
    matcher.remove(taken);
    matcher.add(item);
  }
  return { load, free, arrivals };
};

/** Microseconds of the processor: a busy machine does not change them as it does the clock. */
const timed = (decisions: number, decide: (i: number) => string | undefined): Decided => {
  const picked: string[] = [];
  const started = process.cpuUsage();
  for (let i = 0; i < decisions; i++) picked.push(decide(i) ?? '');
  const { user, system } = process.cpuUsage(started);
  return { perDecisionUs: (user + system) / decisions, picked };
};

/** One decision: an agent becomes free, gets the best contact there is, and is busy again; a new contact arrives. */
const decideIndexed = ({ load, free, arrivals }: Day): Decided => {
  const matcher = filled(load);
  return timed(arrivals.length, (i) => {
    const agent = nth(free, i);
    matcher.setAgent(agent);
    const id = matcher.bestItemFor(agent.agentId, NOW);
    matcher.setAgent(nth(load.agents, i));
    if (id) {
      matcher.remove(id);
      matcher.add(arrivals[i]!);
    }
    return id;
  });
};

const decideLinear = ({ load, free, arrivals }: Day, decisions: number): Decided => {
  const waiting = new Map(load.items.map((item) => [item.id, item]));
  return timed(decisions, (i) => {
    const best = linearBest(waiting.values(), nth(free, i), NOW / 60_000);
    if (best) {
      waiting.delete(best.id);
      waiting.set(arrivals[i]!.id, arrivals[i]!);
    }
    return best?.id;
  });
};

const micro = (runs: number[]): string => {
  const sorted = [...runs].sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(2)} µs`;
};

/** B4: a decision in memory against the linear matcher. B4g: how its cost grows with the length of the queue. */
export const b4: Case = async (bench, { events = 100_000, pairs, warmUp }) => {
  const few = 200;
  const many = 100_000;
  const day = dayOf(routingLoad(AGENTS, events), many);
  let same = true;
  const runs = await interleave(
    { pairs, warmUp },
    async () => decideIndexed(day),
    async () => decideLinear(day, few),
    ({ ours, floor }) => {
      // The index is only fast when it is right: the first decisions must be the very same.
      same &&= floor.picked.every((id, i) => id === ours.picked[i]);
    },
  );
  const ratio = ratioOf(runs.map(({ ours, floor }) => ({ ours: floor.perDecisionUs, floor: ours.perDecisionUs })));
  bench.say(`B4 done: ${spread(ratio)}`);
  const small = dayOf(routingLoad(AGENTS, 1_000), many);
  const large = dayOf(routingLoad(AGENTS, events * 10), many);
  const growth = await interleave(
    { pairs, warmUp },
    async () => decideIndexed(large),
    async () => decideIndexed(small),
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
  let held = 0;
  const measured = Array.from({ length: pairs }, () => ({
    ours: holding(() => {
      const matcher = createMatcher();
      for (let i = 0; i < events; i++) matcher.add({ id: contactId(0x9d4f, i), demand, standing: -i });
      held += matcher.size();
      return matcher;
    }),
    floor: holding(() => {
      const map = new Map<string, object>();
      for (let i = 0; i < events; i++) {
        const item = {
          id: contactId(0x9d4f, i),
          queueId: 'queue',
          channel: 'chat',
          priority: 5 + (i % 4) / 7,
          arrivedAt: 1.7e12 + i,
        };
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
