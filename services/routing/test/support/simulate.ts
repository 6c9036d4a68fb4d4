import type { Candidate, Demand } from '../../src/domain/demand';
import { createMatcher } from '../../src/domain/matcher';
import { standing } from '../../src/domain/score';
import type { WorkEvent, WorkItem } from '../../src/domain/work-item';
import { CUSTOMER_LEFT, evolve } from '../../src/domain/work-item';

/** Small seeded generator (mulberry32): the same seed gives the same day on every machine. */
const seeded = (seed: number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

export interface SimulatedDay {
  seed: number;
  contacts: number;
  arrivalsPerSecond: number;
  handleSeconds: number;
  agents: number;
  /** Mean patience; without it nobody gives up. */
  patienceSeconds?: number;
}

type Moment = { at: number; do: 'end' | 'give_up'; item: number; agent: number };

const demand: Demand = {
  queueIds: ['calls'],
  channel: 'voice',
  needs: [],
  preferredAgentId: '',
  excludedAgentIds: [],
  selection: 'LONGEST_IDLE',
  pointsPerMinute: 1,
};
const START = Date.UTC(2026, 0, 5);

/**
 * A day of Poisson arrivals and exponential handle times on the real matcher, offer and answer taking no time. Every
 * contact becomes the raw fact that reports are made of: work with its stays, through the real events.
 */
export const simulateDay = (day: SimulatedDay): WorkItem[] => {
  const random = seeded(day.seed);
  const exponential = (mean: number) => -Math.log(1 - random()) * mean;
  const matcher = createMatcher();
  const agents = Array.from(
    { length: day.agents },
    (_, i): Candidate => ({
      agentId: `agent-${i}`,
      queueIds: ['calls'],
      skills: {},
      open: ['voice'],
      idleSince: START + i,
      occupancy: 0,
      presence: 'AVAILABLE',
      reason: '',
    }),
  );
  for (const agent of agents) matcher.setAgent(agent);
  const items: WorkItem[] = [];
  const apply = (item: number, event: WorkEvent): void => {
    items[item] = evolve(items[item], event);
  };

  // What is still to happen, the soonest on top.
  const heap: Moment[] = [];
  const push = (moment: Moment): void => {
    let at = heap.push(moment) - 1;
    while (at > 0 && heap[(at - 1) >> 1]!.at > moment.at) {
      heap[at] = heap[(at - 1) >> 1]!;
      at = (at - 1) >> 1;
    }
    heap[at] = moment;
  };
  const pop = (): Moment => {
    const [top, last] = [heap[0]!, heap.pop()!];
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  };

  const place = { queueId: 'calls', policyId: '', policyVersion: 0, ruleName: 'queue calls', passedRules: [] };
  const arrive = (item: number, at: number): void => {
    const origin = {
      id: `c${item}`,
      tenantId: 't',
      conversationId: '',
      contactPoint: '',
      channel: 'voice',
      priority: 'NORMAL' as const,
      subject: '',
      language: '',
      topic: '',
      attributes: {},
      arrivedAt: at,
    };
    apply(item, { type: 'queued', at, origin, placement: place, fixedQueueId: 'calls', preferredAgentId: '' });
    matcher.add({ id: `c${item}`, demand, standing: standing(0, 1, at) });
    if (day.patienceSeconds) push({ at: at + exponential(day.patienceSeconds) * 1000, do: 'give_up', item, agent: -1 });
  };
  const match = (at: number): void => {
    matcher.match(at, ({ itemId, agentId }) => {
      const item = Number(itemId.slice(1));
      const agent = Number(agentId.slice(6));
      apply(item, { type: 'offered', at, agentId, offerId: 'o', expiresAt: at, decisionId: 'o', explanation: '' });
      apply(item, { type: 'accepted', at });
      push({ at: at + exponential(day.handleSeconds) * 1000, do: 'end', item, agent });
      return { ...agents[agent]!, open: [] };
    });
  };

  let arrival = START;
  for (let next = 0; next < day.contacts || heap.length > 0; ) {
    if (next < day.contacts && (heap.length === 0 || arrival <= heap[0]!.at)) {
      arrive(next++, arrival);
      match(arrival);
      arrival += exponential(1 / day.arrivalsPerSecond) * 1000;
      continue;
    }
    const { at, do: what, item, agent } = pop();
    if (what === 'end') {
      apply(item, { type: 'handled', at, reason: '', wrapUpUntil: 0 });
      apply(item, { type: 'completed', at });
      matcher.setAgent({ ...agents[agent]!, idleSince: at });
      match(at);
    } else if (matcher.remove(`c${item}`)) apply(item, { type: 'cancelled', at, reason: CUSTOMER_LEFT });
  }
  return items;
};
