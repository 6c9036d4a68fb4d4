import type { Candidate } from '../demand';
import { createIdIndex, hashOf } from './id-index';
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

// A record is 64 bytes: three doubles, then whole numbers.
const DOUBLES = 8;
const IDLE = 0;
const OCCUPANCY = 1;
const HARD = 2;
const WORDS = 16;
const OPEN = 6;
const FLAGS = 7;
const PROFILE = 8;

const REFS = 4;
const SKILLS = 1;
const QUEUES = 2;
const OPENS = 3;

/**
 * The agents by id. What changes with every contact is one record of numbers for each: a processor fetches that at once, where
 * the objects of ten thousand agents lie all over the memory. They are brought up to date when somebody looks at them.
 */
export const createAgents = () => {
  // What is compared by identity lies together as well: id, skills, queues, open channels.
  const refs: unknown[] = [];
  const objects: (Agent | undefined)[] = [];
  const free: number[] = [];
  let doubles = new Float64Array(64 * DOUBLES);
  let words = new Int32Array(doubles.buffer);
  // Who was set is most often who is asked for next.
  let last = -1;
  const index = createIdIndex({
    idAt: (slot) => (refs[slot * REFS] as string | undefined) ?? '',
    hashAt: (slot) => hashOf(refs[slot * REFS] as string),
    end: () => objects.length,
  });
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
      agent.open = refs[slot * REFS + OPENS] as Candidate['open'];
      return agent;
    },
    /** Whether skills and queues are the very same objects as before. */
    isSame: (slot: number, candidate: Candidate): boolean =>
      refs[slot * REFS + SKILLS] === candidate.skills && refs[slot * REFS + QUEUES] === candidate.queueIds,
    has: (slot: number, flag: number): boolean => (word(slot, FLAGS) & flag) !== 0,
    mark: (slot: number, flag: number): void => setWord(slot, FLAGS, word(slot, FLAGS) | flag),
    clear: (slot: number, flag: number): void => setWord(slot, FLAGS, word(slot, FLAGS) & ~flag),
    openBits: (slot: number): number => word(slot, OPEN),
    openAt: (slot: number) => refs[slot * REFS + OPENS] as Candidate['open'],
    profileAt: (slot: number): number => word(slot, PROFILE),
    setProfile: (slot: number, number: number): void => setWord(slot, PROFILE, number),
    set(slot: number, candidate: Candidate, openBits: number): void {
      const from = slot * DOUBLES;
      doubles[from + IDLE] = candidate.idleSince;
      doubles[from + OCCUPANCY] = candidate.occupancy;
      doubles[from + HARD] = candidate.hardLately ?? 0;
      setWord(slot, OPEN, openBits);
      refs[slot * REFS + OPENS] = candidate.open;
    },
    /** For an id that is not among them. */
    add(agent: Agent, candidate: Candidate, profile: number): number {
      const slot = free.pop() ?? objects.length;
      if ((slot + 1) * DOUBLES > doubles.length) {
        const old = doubles;
        doubles = new Float64Array(old.length * 2);
        doubles.set(old);
        words = new Int32Array(doubles.buffer);
      }
      objects[slot] = agent;
      refs[slot * REFS] = agent.agentId;
      refs[slot * REFS + SKILLS] = candidate.skills;
      refs[slot * REFS + QUEUES] = candidate.queueIds;
      refs[slot * REFS + OPENS] = candidate.open;
      // Whoever had the slot before may still stand in the list of those who changed.
      setWord(slot, FLAGS, (word(slot, FLAGS) & CHANGED) | (agent.own ? OWN : 0));
      setWord(slot, PROFILE, profile);
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
