import type { Demand } from '@throughline/routing/matcher';
import { createMatcher } from '@throughline/routing/matcher';
import { linearBest } from '../floors/linear-matcher';
import { collect } from '../measure/heap';
import { interleave, ratioOf } from '../measure/pairs';
import type { RoutingLoad } from '../workload/routing';
import { contactId, openFor, routingLoad } from '../workload/routing';
import { spread } from './lines';
import type { Case } from './types';

const MOST_AGENTS = 10_000;
const MOST_DECISIONS = 100_000;
const NOW = 60_000_000;
const OPEN = ['voice', 'chat', 'email'];
const CLOSED: string[] = [];

/** The index in use: contacts wait, and every agent has been free before. */
const filled = ({ agents, items }: RoutingLoad) => {
  const matcher = createMatcher();
  for (const agent of agents) matcher.setAgent(agent);
  for (const item of items) matcher.add(item);
  for (const agent of agents) {
    matcher.setAgent(openFor(agent, OPEN));
    matcher.bestItemFor(agent.agentId, NOW);
    matcher.setAgent(agent);
  }
  return matcher;
};

type Decided = { perDecisionUs: number; picked: string[] };

/** One decision: who becomes free, how they are busy again, and the contact that arrives then. */
interface Step {
  free: RoutingLoad['agents'][0];
  busy: RoutingLoad['agents'][0];
  arrival: RoutingLoad['items'][0];
}

/**
 * New contacts come later than all that wait, and are of the kind that was taken: the queue stays as it was. `kinds` are
 * those kinds, found out before any clock starts.
 */
interface Day {
  load: RoutingLoad;
  kinds: Demand[];
}

const nth = <T>(list: T[], i: number): T => list[(i * 7919) % list.length]!;

/** What comes from outside is made just before, as a service does that has just read it. */
const stepOf = ({ load, kinds }: Day, i: number): Step => ({
  free: openFor(nth(load.agents, i), OPEN),
  busy: openFor(nth(load.agents, i), CLOSED),
  arrival: { id: contactId(0x9d50, i), demand: kinds[i]!, standing: -(load.items.length + i) / 1_000 },
});

const dayOf = (load: RoutingLoad, decisions: number): Day => {
  const demands = new Map(load.items.map(({ id, demand }) => [id, demand]));
  const day: Day = { load, kinds: [] };
  const decide = indexed(load);
  for (let i = 0; i < decisions; i++) {
    // Nobody knows yet which kind it will be: the arrival is put in once it is known.
    const { free, busy, arrival } = stepOf(day, i);
    const taken = decide.take(free, busy);
    const demand = demands.get(taken ?? '') ?? load.items[0]!.demand;
    day.kinds.push(demand);
    demands.set(arrival.id, demand);
    if (taken) decide.put({ id: arrival.id, demand, standing: arrival.standing });
  }
  return day;
};

const indexed = (load: RoutingLoad) => {
  const matcher = filled(load);
  return {
    take(free: Step['free'], busy: Step['busy']): string | undefined {
      matcher.setAgent(free);
      const id = matcher.bestItemFor(free.agentId, NOW);
      matcher.setAgent(busy);
      if (id) matcher.remove(id);
      return id;
    },
    put: (item: Step['arrival']) => matcher.add(item),
  };
};

const linear = (load: RoutingLoad): ReturnType<typeof indexed> => {
  const waiting = new Map(load.items.map((item) => [item.id, item]));
  return {
    take(free) {
      const best = linearBest(waiting.values(), free, NOW / 60_000);
      if (best) waiting.delete(best.id);
      return best?.id;
    },
    put: (item) => waiting.set(item.id, item),
  };
};

// Reading the processor's clock takes up to 50 µs on some machines: that must not be a part of a decision.
const STRETCH = 1_000;

/** Microseconds of the processor per decision: a busy machine does not change them as it does the clock. */
const decide = (day: Day, decisions: number, make: typeof indexed): Decided => {
  const { take, put } = make(day.load);
  const picked: string[] = [];
  let spent = 0;
  // What filling left behind is not collected on the account of decisions.
  collect();
  for (let at = 0; at < decisions; at += STRETCH) {
    const steps = Array.from({ length: Math.min(STRETCH, decisions - at) }, (_, i) => stepOf(day, at + i));
    const started = process.cpuUsage();
    for (const { free, busy, arrival } of steps) {
      const id = take(free, busy);
      if (id) put(arrival);
      picked.push(id ?? '');
    }
    const { user, system } = process.cpuUsage(started);
    spent += user + system;
  }
  return { perDecisionUs: spent / decisions, picked };
};

const micro = (runs: number[]): string => {
  const sorted = [...runs].sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(2)} µs`;
};

/** B4: a decision in memory against the linear matcher. B4g: how its cost grows with the length of the queue. */
export const b4: Case = async (bench, { events = 100_000, pairs, warmUp }) => {
  const few = 200;
  const many = Math.min(MOST_DECISIONS, events * 5);
  const agents = Math.min(MOST_AGENTS, events);
  const day = dayOf(routingLoad(agents, events), many);
  let same = true;
  const runs = await interleave(
    { pairs, warmUp },
    async () => decide(day, many, indexed),
    async () => decide(day, few, linear),
    ({ ours, floor }) => {
      // The index is only fast when it is right: the first decisions must be the very same.
      same &&= floor.picked.every((id, i) => id === ours.picked[i]);
    },
  );
  const ratio = ratioOf(runs.map(({ ours, floor }) => ({ ours: floor.perDecisionUs, floor: ours.perDecisionUs })));
  bench.say(`B4 done: ${spread(ratio)}`);
  const small = dayOf(routingLoad(agents, 1_000), many);
  const large = dayOf(routingLoad(agents, events * 10), many);
  const growth = await interleave(
    { pairs, warmUp },
    async () => decide(large, many, indexed),
    async () => decide(small, many, indexed),
  );
  const grown = ratioOf(growth.map(({ ours, floor }) => ({ ours: ours.perDecisionUs, floor: floor.perDecisionUs })));
  return {
    lines: [
      {
        case: 'B4',
        what: `decision in memory, ${agents} agents, ${events} queued, 64 skills`,
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
