/** Erlang formulas. `load` is offered work in erlang (arrival rate × handle time); rates are per second. */

/** Erlang B: share of arrivals lost with `agents` lines and no queue, by the stable recursion. */
export const erlangB = (agents: number, load: number): number => {
  let blocked = 1;
  for (let k = 1; k <= agents; k++) blocked = (load * blocked) / (k + load * blocked);
  return blocked;
};

/** Fewest lines that lose at most `most` of the arrivals. */
export const linesFor = (load: number, most: number): number => {
  let blocked = 1;
  for (let k = 1; ; k++) {
    blocked = (load * blocked) / (k + load * blocked);
    if (blocked <= most) return k;
  }
};

/** Erlang C: probability that a contact waits. 1 when the agents cannot keep up. */
export const erlangC = (agents: number, load: number): number => {
  if (load >= agents) return 1;
  const blocked = erlangB(agents, load);
  return (agents * blocked) / (agents - load * (1 - blocked));
};

/** A queue under a steady load. */
export interface Load {
  arrivalsPerSecond: number;
  handleSeconds: number;
  agents: number;
}

/** What a calculator says about a queue. Shares are 0 to 1. */
export interface Expected {
  load: number;
  occupancy: number;
  waitProbability: number;
  /** Mean speed of answer. Infinite when the agents cannot keep up and nobody gives up. */
  averageWaitSeconds: number;
  /** Answered within the threshold, of all who came: abandons count against it (SL-3). */
  serviceLevel: number;
  /** Of those who stayed (SL-4); equal to `serviceLevel` without abandons. */
  serviceLevelIgnoringAbandons: number;
  abandonProbability: number;
}

/** M/M/n: customers wait as long as it takes. */
export const expectErlangC = (queue: Load, thresholdSeconds: number): Expected => {
  const { agents, handleSeconds } = queue;
  const load = queue.arrivalsPerSecond * handleSeconds;
  const stable = load < agents;
  const waitProbability = erlangC(agents, load);
  const served = stable ? 1 - waitProbability * Math.exp((-(agents - load) * thresholdSeconds) / handleSeconds) : 0;
  return {
    load,
    occupancy: Math.min(1, load / agents),
    waitProbability,
    averageWaitSeconds: stable ? (waitProbability * handleSeconds) / (agents - load) : Number.POSITIVE_INFINITY,
    serviceLevel: served,
    serviceLevelIgnoringAbandons: served,
    abandonProbability: 0,
  };
};

/** The wait that a share of all contacts does not exceed. */
export const waitPercentile = (queue: Load, share: number): number => {
  const load = queue.arrivalsPerSecond * queue.handleSeconds;
  const waiting = erlangC(queue.agents, load);
  if (load >= queue.agents) return Number.POSITIVE_INFINITY;
  return Math.max(0, (Math.log(waiting / (1 - share)) * queue.handleSeconds) / (queue.agents - load));
};

const PANELS = 2_000;

// Simpson's rule; the integrands below are smooth, so this is exact far beyond what anybody plans with.
const integral = (of: (t: number) => number, to: number): number => {
  const step = to / PANELS;
  let sum = of(0) + of(to);
  for (let i = 1; i < PANELS; i++) sum += of(i * step) * (i % 2 === 1 ? 4 : 2);
  return (sum * step) / 3;
};

/** Stationary probabilities of M/M/n+M: below n, exactly n, and the queue's mean length; always stable. */
const stationary = ({ arrivalsPerSecond: arrivals, handleSeconds, agents }: Load, givingUp: number) => {
  const service = 1 / handleSeconds;
  // Relative to the most likely state, so that no power or factorial overflows.
  const logs = [0];
  let highest = 0;
  for (let k = 1; ; k++) {
    const death = Math.min(k, agents) * service + Math.max(k - agents, 0) * givingUp;
    const next = logs[k - 1]! + Math.log(arrivals / death);
    logs.push(next);
    highest = Math.max(highest, next);
    if (k > agents && next < highest - 50 && arrivals < death) break;
  }
  const weights = logs.map((log) => Math.exp(log - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const share = weights.map((weight) => weight / total);
  return {
    free: share.slice(0, agents).reduce((sum, one) => sum + one, 0),
    full: share[agents]!,
    queueLength: share.reduce((sum, one, k) => sum + Math.max(k - agents, 0) * one, 0),
    busy: share.reduce((sum, one, k) => sum + Math.min(k, agents) * one, 0),
  };
};

/** M/M/n+M: customers give up after a patience that is exponential with the given mean. */
export const expectErlangA = (queue: Load, patienceSeconds: number, thresholdSeconds: number): Expected => {
  const { arrivalsPerSecond: arrivals, handleSeconds, agents } = queue;
  const givingUp = 1 / patienceSeconds;
  const { free, full, queueLength, busy } = stationary(queue, givingUp);
  const rate = agents / handleSeconds;
  // Density of the wait that a patient arrival would have, summed over the lengths of queue it may meet.
  const offered = (t: number): number =>
    full * rate * Math.exp(-rate * t + (arrivals / givingUp) * (1 - Math.exp(-givingUp * t)));
  const gone = (t: number): number => 1 - Math.exp(-givingUp * t);
  const served = free + integral((t) => offered(t) * (1 - gone(t)), thresholdSeconds);
  const longer = Math.max(0, 1 - free - integral(offered, thresholdSeconds));
  const abandoned = gone(thresholdSeconds) * longer + integral((t) => offered(t) * gone(t), thresholdSeconds);
  return {
    load: arrivals * handleSeconds,
    occupancy: busy / agents,
    waitProbability: 1 - free,
    averageWaitSeconds: queueLength / arrivals,
    serviceLevel: served,
    serviceLevelIgnoringAbandons: served / (1 - abandoned),
    abandonProbability: (givingUp * queueLength) / arrivals,
  };
};

/** Mean patience of exponential customers: everybody's waiting over the number who gave up. Undefined while nobody did. */
export const estimatePatience = (totalWaitSeconds: number, abandoned: number): number | undefined =>
  abandoned > 0 ? totalWaitSeconds / abandoned : undefined;
