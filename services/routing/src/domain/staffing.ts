import type { Expected } from './erlang';
import { expectErlangA, expectErlangC } from './erlang';

/** A goal for one interval. Shares are 0 to 1. */
export interface Requirement {
  contacts: number;
  intervalSeconds: number;
  handleSeconds: number;
  thresholdSeconds: number;
  serviceLevel: number;
  /** 1 sets no limit. */
  maxOccupancy: number;
  /** Paid time that is not there for contacts. */
  shrinkage: number;
  /** Mean patience for Erlang A; without it Erlang C is used, where nobody gives up. */
  patienceSeconds?: number | undefined;
}

export interface Staffing {
  agents: number;
  /** Agents to schedule, so that after shrinkage enough are there. */
  scheduled: number;
  expected: Expected;
}

const MOST_AGENTS = 100_000;

/** What to expect of the requirement's load with a given number of agents. */
export const expectWith = (need: Requirement, agents: number): Expected => {
  const queue = {
    arrivalsPerSecond: need.contacts / need.intervalSeconds,
    handleSeconds: need.handleSeconds,
    agents,
  };
  return need.patienceSeconds
    ? expectErlangA(queue, need.patienceSeconds, need.thresholdSeconds)
    : expectErlangC(queue, need.thresholdSeconds);
};

/** Fewest agents that meet the goal; undefined when no number up to 100,000 does. */
export const staffingFor = (need: Requirement): Staffing | undefined => {
  const meets = ({ serviceLevel, occupancy }: Expected) =>
    serviceLevel >= need.serviceLevel && occupancy <= need.maxOccupancy;
  // Both measures only get better with more agents: double until it is enough, then halve the doubt.
  let enough = 1;
  while (!meets(expectWith(need, enough))) {
    enough *= 2;
    if (enough > MOST_AGENTS) return undefined;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (meets(expectWith(need, middle))) enough = middle;
    else tooFew = middle;
  }
  return {
    agents: enough,
    scheduled: Math.ceil(enough / (1 - need.shrinkage)),
    expected: expectWith(need, enough),
  };
};
