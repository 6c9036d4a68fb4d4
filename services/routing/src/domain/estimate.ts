/** What is known about a queue when somebody asks how long it takes. */
export interface Queueing {
  /** Contacts that will be served before this one, which itself is number `position`. 1 is next. */
  position: number;
  /** Agents who are there for this queue, at work or free. */
  agents: number;
  /** Mean handle time of recent contacts, and how many it rests on. */
  handleSeconds: number;
  sampleSize: number;
}

/** What a customer is told: a range of the remaining wait, or why there is none. */
export type Estimate =
  | { kind: 'range'; fromSeconds: number; toSeconds: number }
  | { kind: 'none'; reason: 'TOO_LITTLE_DATA' | 'NO_AGENTS' };

const ENOUGH = 10;
const MINUTE = 60;

/** Exact for M/M/n when all agents are busy: each of n agents frees up every `handleSeconds` on average. */
export const expectedWait = (position: number, handleSeconds: number, agents: number): number =>
  (position * handleSeconds) / agents;

/**
 * A range in whole minutes around the expected remaining wait. It widens with the number of contacts ahead, and says
 * nothing when the data are thin or nobody works. The wait in all (waited and remaining) is never told to be less than
 * what the customer has waited already, because the remaining wait is never told to be less than zero.
 */
export const estimateWait = ({ position, agents, handleSeconds, sampleSize }: Queueing): Estimate => {
  if (agents <= 0) return { kind: 'none', reason: 'NO_AGENTS' };
  if (sampleSize < ENOUGH || handleSeconds <= 0) return { kind: 'none', reason: 'TOO_LITTLE_DATA' };
  const expected = expectedWait(position, handleSeconds, agents);
  // The wait is a sum of `position` exponential steps: its deviation is the mean over the root of their number.
  const deviation = expected / Math.sqrt(position);
  const from = Math.floor(Math.max(0, expected - deviation) / MINUTE) * MINUTE;
  const to = Math.ceil((expected + deviation) / MINUTE) * MINUTE;
  return { kind: 'range', fromSeconds: from, toSeconds: Math.max(to, from + MINUTE) };
};

/** Vertical Wave's rule of thumb: a floor, and the mean handle time shared by the agents there are. */
export const waveEstimate = (q: {
  position: number;
  handleSeconds: number;
  agents: number;
  minimumAgents: number;
  minimumWaitSeconds: number;
}): number => 6 + q.minimumWaitSeconds + (q.handleSeconds * (q.position - 1)) / Math.max(q.agents, q.minimumAgents);
