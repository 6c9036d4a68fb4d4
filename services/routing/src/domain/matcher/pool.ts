import type { Candidate, Selection } from '../demand';
import { compareAgents } from '../judge';

/** Contacts that ask for the same, and the masks by which that is seen at once. */
export interface Line {
  number: number;
  key: string;
  pairs: Int32Array;
  channel: string;
  /** Channels beyond the last number share it. */
  channelNumber: number;
  rate: number;
  selection: Selection;
  preferredAgentId: string;
  excluded: ReadonlySet<string> | undefined;
  pools: Pool[];
}

/** Agents who can do the same in the same queues. */
export interface Profile {
  /** Where its list of lines lies, how long it is, and how long it may become there. */
  from: number;
  count: number;
  /** How many lines there had been when it looked for new ones last, and in which epoch. */
  made: number;
  epoch: number;
  room: number;
  words: Int32Array;
  pools: Pool[];
  /** How many lines of each pool it has looked at. */
  seen: number[];
}

/** An agent as the index knows it. */
export interface Agent {
  agentId: string;
  skills: Readonly<Record<string, number>>;
  queueIds: readonly string[];
  profile: Profile;
  /** The open channels as bits. */
  openBits: number;
  idleSince: number;
  occupancy: number;
  open: readonly string[];
  /** Changed since everything was matched. */
  fresh: boolean;
  listed: boolean;
  /** Free, but not yet put among the free agents. */
  waiting: boolean;
  seated: boolean;
  /** Lines of contacts that are kept for this agent, once there are any. */
  own: Pool | undefined;
  /** Places among the free agents of its queues. */
  seats: Seat[];
}

export interface Seat {
  agent: Agent;
  pool: Pool;
  at: number;
  /** The seat in the order of the least occupied, where a line asks for that order. */
  other: Seat | undefined;
}

/** The lines and the free agents of one queue, or the lines of one agent's own contacts. */
export interface Pool {
  /** Every line there is, the newest last; also those in which nobody waits just now. */
  lines: Line[];
  /** A heap of the free, longest idle first. */
  free: Seat[];
  /** The same, least occupied first; made when the first line asks for it. */
  byOccupancy: Seat[] | undefined;
}

export const newPool = (): Pool => ({ lines: [], free: [], byOccupancy: undefined });

export const newAgent = (candidate: Candidate, profile: Profile, own: Pool | undefined): Agent => {
  const { agentId, queueIds, skills, open, idleSince, occupancy } = candidate;
  const agent: Agent = {
    agentId,
    skills,
    queueIds,
    profile,
    openBits: 0,
    idleSince,
    occupancy,
    open,
    fresh: false,
    listed: false,
    waiting: false,
    seated: false,
    own,
    seats: [],
  };
  agent.seats = profile.pools.map((pool) => ({ agent, pool, at: -1, other: undefined }));
  return agent;
};

const settle = (heap: Seat[], seat: Seat, selection: Selection): void => {
  let { at } = seat;
  while (at > 0) {
    const above = heap[(at - 1) >> 1]!;
    if (compareAgents(selection, above.agent, seat.agent) <= 0) break;
    heap[at] = above;
    const next = above.at;
    above.at = at;
    at = next;
  }
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compareAgents(selection, heap[child + 1]!.agent, heap[child]!.agent) < 0) child++;
    const below = heap[child]!;
    if (compareAgents(selection, below.agent, seat.agent) >= 0) break;
    heap[at] = below;
    below.at = at;
    at = child;
  }
  heap[at] = seat;
  seat.at = at;
};

const join = (heap: Seat[], seat: Seat, selection: Selection): void => {
  seat.at = heap.length;
  heap.push(seat);
  settle(heap, seat, selection);
};

const leave = (heap: Seat[], seat: Seat, selection: Selection): void => {
  const last = heap.pop()!;
  if (last !== seat) {
    last.at = seat.at;
    heap[last.at] = last;
    settle(heap, last, selection);
  }
  seat.at = -1;
};

const otherSeat = (seat: Seat): Seat => {
  seat.other ??= { agent: seat.agent, pool: seat.pool, at: -1, other: undefined };
  return seat.other;
};

/** Puts an agent among the free ones of its queues. */
export const seat = (agent: Agent): void => {
  for (const one of agent.seats) {
    const { free, byOccupancy } = one.pool;
    join(free, one, 'LONGEST_IDLE');
    if (byOccupancy) join(byOccupancy, otherSeat(one), 'LEAST_OCCUPIED');
  }
  agent.seated = true;
};

/** Takes an agent from among the free ones. Always before what orders them changes. */
export const unseat = (agent: Agent): void => {
  if (!agent.seated) return;
  for (const one of agent.seats) {
    leave(one.pool.free, one, 'LONGEST_IDLE');
    if (one.other && one.other.at >= 0) leave(one.pool.byOccupancy!, one.other, 'LEAST_OCCUPIED');
  }
  agent.seated = false;
};

/** The free agents of a pool as a heap of this order. */
export const freeBy = (pool: Pool, selection: Selection): readonly Seat[] => {
  if (selection === 'LONGEST_IDLE') return pool.free;
  if (!pool.byOccupancy) {
    pool.byOccupancy = [];
    for (const one of pool.free) join(pool.byOccupancy, otherSeat(one), selection);
  }
  return pool.byOccupancy;
};
