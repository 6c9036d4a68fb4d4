import type { Candidate } from '../demand';
import { createIdIndex, hashOf } from './id-index';
import { LAST_BIT } from './masks';
import type { Agent } from './pool';

// Flags of an agent.
/** Changed since everything was matched. */
export const FRESH = 1;
/** In the list of those who changed. */
export const CHANGED = 2;
/** Free, but not yet put among the free agents. */
export const WAITING = 4;
/** Among the free agents of its queues. */
export const SEATED = 8;
/** There are lines of contacts that are kept for this agent. */
export const OWN = 16;

// A record is 128 bytes: three doubles and whole numbers, and in its second half a short list of lines.
const DOUBLES = 16;
const IDLE = 0;
const OCCUPANCY = 1;
const HARD = 2;
const WORDS = 32;
const OPEN = 6;
const FLAGS = 7;
const PROFILE = 8;
// Where the list of the lines that it can serve begins, how long it is, and which version of the book that was true of.
const LIST_FROM = 9;
const LIST_COUNT = 10;
const LIST_VERSION = 11;
const SHORTS = 64;
/** Where in a record its own list begins, in steps of two bytes, and how many lines it has room for: a longer one lies elsewhere. */
const INNER_FROM = 32;
const INNER_MOST = SHORTS - INNER_FROM;
/** Stands for a list in the record itself. */
const INNER = -1;

const REFS = 3;
const SKILLS = 1;
const QUEUES = 2;

/**
 * The agents by id. What changes with every contact is one record of numbers for each: a processor fetches that at once, where
 * the objects of ten thousand agents lie all over the memory. They are brought up to date when somebody looks at them.
 */
export const createAgents = () => {
  // What is compared by identity lies together as well: id, skills, queues.
  const refs: unknown[] = [];
  // Only of those who are open for channels that share a number: nobody else is asked.
  const opens: Candidate['open'][] = [];
  const objects: (Agent | undefined)[] = [];
  const free: number[] = [];
  let doubles = new Float64Array(64 * DOUBLES);
  let words = new Int32Array(doubles.buffer);
  let shorts = new Uint16Array(doubles.buffer);
  // Who was set is most often who is asked for next.
  let last = -1;
  const index = createIdIndex({ ids: refs, stride: REFS, hashAt: (slot) => hashOf(refs[slot * REFS] as string) });
  const slotOf = (agentId: string): number => {
    if (last < 0 || refs[last * REFS] !== agentId) last = index.get(agentId, hashOf(agentId));
    return last;
  };
  const word = (slot: number, at: number): number => words[slot * WORDS + at]!;
  const setWord = (slot: number, at: number, value: number): void => {
    words[slot * WORDS + at] = value;
  };

  return {
    count: () => objects.length - free.length,
    /** -1 for somebody who is not among them. */
    slotOf,
    /** Of a slot in use; what it says of the moment may be old. */
    at: (slot: number): Agent => objects[slot]!,
    /** The object brought up to date. */
    now(slot: number): Agent {
      const agent = objects[slot]!;
      const from = slot * DOUBLES;
      agent.idleSince = doubles[from + IDLE]!;
      agent.occupancy = doubles[from + OCCUPANCY]!;
      agent.hardLately = doubles[from + HARD]!;
      agent.openBits = word(slot, OPEN);
      if ((agent.openBits & LAST_BIT) !== 0) agent.open = opens[slot]!;
      return agent;
    },
    /** Whether skills and queues are the very same objects as before. */
    isSame: (slot: number, candidate: Candidate): boolean =>
      refs[slot * REFS + SKILLS] === candidate.skills && refs[slot * REFS + QUEUES] === candidate.queueIds,
    has: (slot: number, flag: number): boolean => (word(slot, FLAGS) & flag) !== 0,
    mark: (slot: number, flag: number): void => setWord(slot, FLAGS, word(slot, FLAGS) | flag),
    clear: (slot: number, flag: number): void => setWord(slot, FLAGS, word(slot, FLAGS) & ~flag),
    openBits: (slot: number): number => word(slot, OPEN),
    /** Of one who is open for a channel that shares its number. */
    openAt: (slot: number): Candidate['open'] => opens[slot] ?? [],
    profileAt: (slot: number): number => word(slot, PROFILE),
    setProfile: (slot: number, number: number): void => setWord(slot, PROFILE, number),
    /** Whether the list of its lines lies in `inner`, where most do: what is looked at together lies together. */
    isInner: (slot: number): boolean => word(slot, LIST_FROM) === INNER,
    inner: (): Uint16Array => shorts,
    listFrom(slot: number): number {
      const from = word(slot, LIST_FROM);
      return from === INNER ? slot * SHORTS + INNER_FROM : from;
    },
    listCount: (slot: number): number => word(slot, LIST_COUNT),
    listVersion: (slot: number): number => word(slot, LIST_VERSION),
    /** A list that begins there among others; one that is short is copied. */
    setList(slot: number, lists: Uint16Array | Int32Array, from: number, count: number, version: number): void {
      const inner = count <= INNER_MOST && lists instanceof Uint16Array;
      if (inner) for (let i = 0; i < count; i++) shorts[slot * SHORTS + INNER_FROM + i] = lists[from + i]!;
      setWord(slot, LIST_FROM, inner ? INNER : from);
      setWord(slot, LIST_COUNT, count);
      setWord(slot, LIST_VERSION, version);
    },
    set(slot: number, { idleSince, occupancy, hardLately, open }: Candidate, openBits: number): void {
      const from = slot * DOUBLES;
      doubles[from + IDLE] = idleSince;
      doubles[from + OCCUPANCY] = occupancy;
      doubles[from + HARD] = hardLately ?? 0;
      setWord(slot, OPEN, openBits);
      if ((openBits & LAST_BIT) !== 0) opens[slot] = open;
    },
    /** For an id that is not among them. */
    add(agent: Agent, candidate: Candidate, profile: number): number {
      const slot = free.pop() ?? objects.length;
      if ((slot + 1) * DOUBLES > doubles.length) {
        const old = doubles;
        doubles = new Float64Array(old.length * 2);
        doubles.set(old);
        words = new Int32Array(doubles.buffer);
        shorts = new Uint16Array(doubles.buffer);
      }
      objects[slot] = agent;
      refs[slot * REFS] = agent.agentId;
      refs[slot * REFS + SKILLS] = candidate.skills;
      refs[slot * REFS + QUEUES] = candidate.queueIds;
      // Whoever had the slot before may still stand in the list of those who changed.
      setWord(slot, FLAGS, (word(slot, FLAGS) & CHANGED) | (agent.own ? OWN : 0));
      setWord(slot, PROFILE, profile);
      setWord(slot, LIST_VERSION, -1);
      agent.slot = slot;
      index.set(hashOf(agent.agentId), slot);
      last = slot;
      return slot;
    },
    delete(slot: number): void {
      objects[slot] = undefined;
      refs.fill(undefined, slot * REFS, (slot + 1) * REFS);
      setWord(slot, OPEN, 0);
      setWord(slot, FLAGS, word(slot, FLAGS) & CHANGED);
      free.push(slot);
      last = -1;
    },
    *all(): Generator<Agent> {
      for (const agent of objects) if (agent) yield agent;
    },
  };
};

export type Agents = ReturnType<typeof createAgents>;
