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
  number: number;
  key: string;
  /** In which epoch and version of the book it looked for lines last. */
  epoch: number;
  version: number;
  /** Where its list lies, how long it is, and how many it has room for. */
  from: number;
  count: number;
  room: number;
  words: Int32Array;
  pools: Pool[];
  /** How many lines of each pool it has looked at. */
  seen: number[];
}

/** An agent as the index knows it. What changes with every contact is as it was when the agent was last brought up to date. */
export interface Agent {
  agentId: string;
  /** The place in the table of agents. */
  slot: number;
  profile: Profile;
  idleSince: number;
  occupancy: number;
  hardLately: number;
  /** The open channels as bits. */
  openBits: number;
  open: readonly string[];
  /** Lines of contacts that are kept for this agent, once there are any. */
  own: Pool | undefined;
  /** Places among the free agents of its queues. */
  seats: Seat[];
}

/** Orders that a pool keeps only when a line asks for them. */
export type OtherOrder = Exclude<Selection, 'LONGEST_IDLE'>;

export interface Seat {
  agent: Agent;
  pool: Pool;
  at: number;
  /** The seats in the other orders, where a line asks for them. */
  others: Partial<Record<OtherOrder, Seat>> | undefined;
}

/** The lines and the free agents of one queue, or the lines of one agent's own contacts. */
export interface Pool {
  /** Every line there is, the newest last; also those in which nobody waits just now. */
  lines: Line[];
  /** A heap of the free, longest idle first. */
  free: Seat[];
  /** The same in other orders; each made when the first line asks for it. */
  others: Partial<Record<OtherOrder, Seat[]>> | undefined;
}

export const newPool = (): Pool => ({ lines: [], free: [], others: undefined });

export const newAgent = (candidate: Candidate, profile: Profile, own: Pool | undefined): Agent => {
  const agent: Agent = {
    agentId: candidate.agentId,
    slot: -1,
    profile,
    idleSince: candidate.idleSince,
    occupancy: candidate.occupancy,
    hardLately: candidate.hardLately ?? 0,
    openBits: 0,
    open: candidate.open,
    own,
    seats: [],
  };
  agent.seats = profile.pools.map((pool) => ({ agent, pool, at: -1, others: undefined }));
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

const orders: OtherOrder[] = ['LEAST_OCCUPIED', 'FEWEST_HARD_CONTACTS'];

const otherSeat = (seat: Seat, order: OtherOrder): Seat => {
  seat.others ??= {};
  return (seat.others[order] ??= { agent: seat.agent, pool: seat.pool, at: -1, others: undefined });
};

const joinOthers = (one: Seat, heaps: Partial<Record<OtherOrder, Seat[]>>): void => {
  for (const order of orders) {
    const heap = heaps[order];
    if (heap) join(heap, otherSeat(one, order), order);
  }
};

const leaveOthers = (one: Seat, heaps: Partial<Record<OtherOrder, Seat[]>>): void => {
  for (const order of orders) {
    const seat = one.others?.[order];
    if (seat && seat.at >= 0) leave(heaps[order]!, seat, order);
  }
};

/** Puts an agent among the free ones of its queues. */
export const seat = (agent: Agent): void => {
  for (const one of agent.seats) {
    const { free, others } = one.pool;
    join(free, one, 'LONGEST_IDLE');
    if (others) joinOthers(one, others);
  }
};

/** Takes an agent from among the free ones. Always before what orders them changes. */
export const unseat = (agent: Agent): void => {
  for (const one of agent.seats) {
    leave(one.pool.free, one, 'LONGEST_IDLE');
    if (one.pool.others) leaveOthers(one, one.pool.others);
  }
};

/** The free agents of a pool as a heap of this order. */
export const freeBy = (pool: Pool, selection: Selection): readonly Seat[] => {
  if (selection === 'LONGEST_IDLE') return pool.free;
  pool.others ??= {};
  let heap = pool.others[selection];
  if (!heap) {
    heap = [];
    pool.others[selection] = heap;
    for (const one of pool.free) join(heap, otherSeat(one, selection), selection);
  }
  return heap;
};
