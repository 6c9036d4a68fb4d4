import type { Candidate, Demand } from '../demand';
import { compareAgents } from '../judge';
import { CHANGED, createAgents, FRESH, OWN } from './agents';
import { createBook } from './book';
import { createFree, fits, mayServe } from './free';
import { hashOf } from './id-index';
import { createLines } from './lines';
import { createChannels, createNames } from './masks';
import type { Agent, Line, Pool } from './pool';
import { newAgent, newPool } from './pool';
import { createProfiles } from './profiles';

/** A contact to be routed. */
export interface WaitingContact {
  id: string;
  demand: Demand;
  standing: number;
}

/** A contact and the agent who gets it. */
export interface Pair {
  itemId: string;
  agentId: string;
}

/** Kinds of demand that nobody has just now and that are remembered all the same. */
const SPARE_LINES = 1_024;
/** Agents who became free and are looked at one by one before they are put in order. */
const MOST_UNSEATED = 8;

// Flags of a slot between two calls of `match`.
const NEW = 1;
const LISTED = 2;

/**
 * Who takes what, from an index in memory. Contacts with equal demands stand in one line, and agents with equal skills and
 * queues share the list of lines they can serve: a free agent looks at the first contact of each of those, and at nothing
 * else, so the cost does not grow with the length of the queue. The same input gives the same pairs, always.
 */
export const createMatcher = ({ spareLines = SPARE_LINES, mostUnseated = MOST_UNSEATED } = {}) => {
  const skillNames = createNames();
  const channels = createChannels();
  const lines = createLines();
  const agents = createAgents();
  const free = createFree(agents, mostUnseated);
  const pools = new Map<string, Pool>();
  // What changed since the last call of `match`. A slot is listed once, however often it changes.
  const freshAgents: number[] = [];
  const freshSlots: number[] = [];

  const poolOf = (key: string): Pool => {
    let pool = pools.get(key);
    if (!pool) {
      pool = newPool();
      pools.set(key, pool);
    }
    return pool;
  };
  const queuePool = (id: string): Pool => poolOf(`q:${id}`);
  const ownPool = (agentId: string): Pool => {
    const pool = poolOf(`a:${agentId}`);
    const slot = agents.slotOf(agentId);
    if (slot >= 0) {
      agents.at(slot).own = pool;
      agents.mark(slot, OWN);
    }
    return pool;
  };
  const book = createBook({
    spareLines,
    skillNames,
    channelNumber: channels.numberOf,
    poolsOf: ({ preferredAgentId, queueIds }) =>
      preferredAgentId ? [ownPool(preferredAgentId)] : [...new Set(queueIds)].map(queuePool),
  });
  const profiles = createProfiles({ agents, book, skillNames, queuePool });

  const headId = (number: number): string => lines.idAt(lines.headOf(number));
  // With equal scores the smaller id comes first.
  const isBehind = (number: number, best: number): boolean => headId(best) < lines.idAt(lines.headOf(number));

  const bestOwn = (agent: Agent, minutes: number, best: number, bestScore: number): number => {
    let found = best;
    let score = bestScore;
    for (const line of agent.own!.lines) {
      const own = book.heads[line.number * 2]! + line.rate * minutes;
      if (lines.headOf(line.number) < 0 || !(own >= score) || !fits(line, agent)) continue;
      if (own === score && isBehind(line.number, found)) continue;
      found = line.number;
      score = own;
    }
    return found;
  };
  /** The number of the line whose first contact an agent would get; -1 when there is none. */
  const bestLine = (slot: number, now: number): number => {
    const minutes = now / 60_000;
    if (agents.listVersion(slot) !== book.version) profiles.look(slot);
    const list = agents.isInner(slot) ? agents.inner() : profiles.lists();
    const from = agents.listFrom(slot);
    const end = from + agents.listCount(slot);
    const openBits = agents.openBits(slot);
    const { heads, channelBits, special } = book;
    let best = -1;
    // What a line without contacts has, so that none of those is found.
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let i = from; i < end; i++) {
      const number = list[i]!;
      const score = heads[number * 2]! + heads[number * 2 + 1]! * minutes;
      if (!(score >= bestScore) || (openBits & channelBits[number]!) === 0) continue;
      if (score === bestScore && (best < 0 || isBehind(number, best))) continue;
      if (special[number] !== 0 && !mayServe(book.lines[number]!, agents.at(slot).agentId, agents.openAt(slot)))
        continue;
      best = number;
      bestScore = score;
    }
    return agents.has(slot, OWN) ? bestOwn(agents.now(slot), minutes, best, bestScore) : best;
  };

  const dropAgent = (agentId: string): void => {
    const slot = agents.slotOf(agentId);
    if (slot < 0) return;
    free.leave(slot);
    agents.delete(slot);
  };
  const listAgent = (slot: number): void => {
    if (!agents.has(slot, FRESH) || agents.has(slot, CHANGED)) return;
    agents.mark(slot, CHANGED);
    freshAgents.push(slot);
  };
  const mark = (slot: number): void => {
    if ((lines.flagsAt(slot) & LISTED) === 0) freshSlots.push(slot);
    lines.setFlags(slot, NEW | LISTED);
  };
  const isNew = (slot: number): boolean => (lines.flagsAt(slot) & NEW) !== 0;
  const removeSlot = (slot: number): void => {
    const number = lines.lineAt(slot);
    const first = lines.headOf(number) === slot;
    lines.remove(slot);
    lines.setFlags(slot, lines.flagsAt(slot) & LISTED);
    if (!first) return;
    if (lines.count(number) > 0) book.heads[number * 2] = lines.headStanding(number);
    else book.emptied(number);
  };
  const scoreAt = (slot: number, minutes: number): number =>
    lines.standingAt(slot) + book.heads[lines.lineAt(slot) * 2 + 1]! * minutes;
  const inOrder = (minutes: number) => (a: number, b: number) =>
    scoreAt(b, minutes) - scoreAt(a, minutes) || (lines.idAt(a) < lines.idAt(b) ? -1 : 1);
  const lineOf = (slot: number): Line => book.lines[lines.lineAt(slot)]!;

  return {
    /** How many contacts wait. */
    size: () => lines.size(),
    has: (id: string) => lines.slotOf(id) >= 0,
    /** Sets what is known about an agent. */
    setAgent(candidate: Candidate): void {
      const { agentId } = candidate;
      let slot = agents.slotOf(agentId);
      // Skills and queues change far less often than hands: the same objects need no second look.
      if (slot < 0 || !agents.isSame(slot, candidate)) {
        dropAgent(agentId);
        const profile = profiles.of(candidate.queueIds, candidate.skills);
        slot = agents.add(newAgent(candidate, profile, pools.get(`a:${agentId}`)), candidate, profile.number);
      } else free.leave(slot);
      const openBits = channels.bitsOf(candidate.open);
      agents.set(slot, candidate, openBits);
      if (openBits === 0) {
        agents.clear(slot, FRESH);
        free.busy(slot);
        return;
      }
      agents.mark(slot, FRESH);
      free.join(slot);
      listAgent(slot);
    },
    removeAgent: dropAgent,
    /** Puts a contact into its line; one that waits already moves to the line of its new demand. */
    add(item: WaitingContact): void {
      const hash = hashOf(item.id);
      const before = lines.slotOf(item.id, hash);
      if (before >= 0) removeSlot(before);
      const number = book.numberFor(item.demand);
      if (lines.count(number) === 0) book.filled(number);
      const slot = lines.push(number, item, hash);
      if (lines.headOf(number) === slot) book.heads[number * 2] = item.standing;
      mark(slot);
    },
    /** False when it did not wait. */
    remove(id: string): boolean {
      const slot = lines.slotOf(id);
      if (slot < 0) return false;
      removeSlot(slot);
      return true;
    },
    /** The contact this agent would get now. */
    bestItemFor(agentId: string, now: number): string | undefined {
      const slot = agents.slotOf(agentId);
      const line = slot < 0 ? -1 : bestLine(slot, now);
      return line < 0 ? undefined : headId(line);
    },
    /** The agent this contact would go to now. */
    bestAgentFor(id: string): string | undefined {
      const slot = lines.slotOf(id);
      return slot < 0 ? undefined : free.best(lineOf(slot))?.agentId;
    },
    /**
     * Pairs everything that can be paired. `take` reserves the agent and gives the agent as it is from then on. Only what
     * changed since the last call is looked at: the rest could not be paired then, and cannot now.
     */
    match(now: number, take: (pair: Pair) => Candidate, most = Number.POSITIVE_INFINITY): Pair[] {
      const pairs: Pair[] = [];
      const pair = (slot: number, agent: Agent): void => {
        const made = { itemId: lines.idAt(slot), agentId: agent.agentId };
        removeSlot(slot);
        pairs.push(made);
        this.setAgent(take(made));
      };
      // Free agents first: each finds the best contact of all, which then goes to the agent that its own rule puts first.
      while (freshAgents.length > 0 && pairs.length < most) {
        const round = freshAgents.splice(0);
        for (const slot of round) agents.clear(slot, CHANGED);
        const order = round
          .filter((slot) => agents.has(slot, FRESH))
          .map((slot) => agents.now(slot))
          .sort((a, b) => compareAgents('LONGEST_IDLE', a, b));
        for (const { slot } of order) {
          const number = agents.has(slot, FRESH) && pairs.length < most ? bestLine(slot, now) : -1;
          if (number >= 0) pair(lines.headOf(number), free.best(book.lines[number]!) ?? agents.now(slot));
          else if (pairs.length < most) agents.clear(slot, FRESH);
          // Whoever is still free is looked at again, by the next call when this one is at its limit.
          listAgent(slot);
        }
      }
      if (pairs.length >= most) return pairs;
      const slots = freshSlots.splice(0);
      for (const slot of slots) lines.setFlags(slot, lines.flagsAt(slot) & NEW);
      const order = slots.filter(isNew).sort(inOrder(now / 60_000));
      for (const slot of order) {
        if (!isNew(slot)) continue;
        if (pairs.length >= most) {
          mark(slot);
          continue;
        }
        const agent = free.best(lineOf(slot));
        if (agent) pair(slot, agent);
        else lines.setFlags(slot, lines.flagsAt(slot) & LISTED);
      }
      return pairs;
    },
    /** 1 for the contact that is served next among those who wait for the same queues; undefined when it does not wait. */
    position(id: string, now: number): number | undefined {
      const slot = lines.slotOf(id);
      if (slot < 0) return undefined;
      const minutes = now / 60_000;
      const score = scoreAt(slot, minutes);
      let ahead = 0;
      for (const { number, rate } of new Set(lineOf(slot).pools.flatMap((pool) => pool.lines))) {
        ahead += lines.before(number, score - rate * minutes, id);
      }
      return ahead + 1;
    },
    /** The contacts that stand first in an agent's queues with a score above `above`, best first, with their scores. */
    firstFor(
      agentId: string,
      now: number,
      most: number,
      above = Number.NEGATIVE_INFINITY,
    ): { id: string; demand: Demand; score: number }[] {
      const found = agents.slotOf(agentId);
      if (found < 0) return [];
      const agent = agents.at(found);
      const minutes = now / 60_000;
      return [...new Set([...agent.profile.pools, ...(agent.own ? [agent.own] : [])].flatMap((pool) => pool.lines))]
        .filter(({ number, rate }) => book.heads[number * 2]! + rate * minutes > above)
        .flatMap(({ number }) => lines.first(number, most))
        .map((slot) => ({ slot, score: scoreAt(slot, minutes) }))
        .filter(({ score }) => score > above)
        .sort((a, b) => b.score - a.score || (lines.idAt(a.slot) < lines.idAt(b.slot) ? -1 : 1))
        .slice(0, most)
        .map(({ slot, score }) => ({ id: lines.idAt(slot), demand: book.demands[lines.lineAt(slot)]!, score }));
    },
  };
};
