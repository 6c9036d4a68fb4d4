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
  hardLately: number;
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
  const { agentId, queueIds, skills, open, idleSince, occupancy } = candidate;
  const agent: Agent = {
    agentId,
    skills,
    queueIds,
    profile,
    openBits: 0,
    idleSince,
    occupancy,
    hardLately: candidate.hardLately ?? 0,
    open,
    fresh: false,
    listed: false,
    waiting: false,
    seated: false,
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
  agent.seated = true;
};

/** Takes an agent from among the free ones. Always before what orders them changes. */
export const unseat = (agent: Agent): void => {
  if (!agent.seated) return;
  for (const one of agent.seats) {
    leave(one.pool.free, one, 'LONGEST_IDLE');
    if (one.pool.others) leaveOthers(one, one.pool.others);
  }
  agent.seated = false;
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
