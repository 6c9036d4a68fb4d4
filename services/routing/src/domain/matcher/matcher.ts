import type { Candidate, Demand } from '../demand';
import { demandKey, laneOf } from '../demand';
import { compareAgents } from '../judge';
import { createAgents } from './agents';
import { hashOf } from './id-index';
import { createLines } from './lines';
import { createNames, needPairs, satisfies, skillWords } from './masks';
import type { Agent, Line, Pool, Profile } from './pool';
import { freeBy, newAgent, newPool, seat, unseat } from './pool';

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
/** Demands that are known as objects: a look-up without writing them out. */
const MOST_KNOWN = 4_096;
/** Profiles that may be remembered beyond the number of agents. */
const SPARE_PROFILES = 1_024;
/** Agents who became free and are looked at one by one before they are put in order. */
const MOST_UNSEATED = 8;
const LAST_CHANNEL = 31;

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
  const channelNames = createNames();
  const lines = createLines();
  const lineOfKey = new Map<string, Line>();
  const lineOfNumber: Line[] = [];
  const demandOfLine: Demand[] = [];
  const spareNumbers: number[] = [];
  // Lines that are empty just now: most fill again, so they are kept up to a limit.
  const emptyLines = new Set<Line>();
  // Demands that are asked for again as the same object.
  const known = new Map<Demand, Line>();
  // By number of the line: the standing of its first contact, minus infinity without one; then its ageing.
  let heads = new Float64Array(128);
  let linesMade = 0;
  // Grows when numbers of lines get another meaning.
  let epoch = 0;
  let channelBits = new Int32Array(64);
  // The lists of all profiles, one after another: numbers of lines, in two bytes each while that is enough.
  let served: Uint16Array | Int32Array = new Uint16Array(4096);
  let servedEnd = 0;
  const pools = new Map<string, Pool>();
  const profiles = new Map<string, Profile>();
  const agents = createAgents();
  let lastOpen: readonly string[] = [];
  let lastBits = 0;
  const unseated: Agent[] = [];
  // What changed since the last call of `match`. A slot or an agent is listed once, however often it changes.
  const freshAgents: Agent[] = [];
  const freshSlots: number[] = [];
  // Branches of a heap still to be looked at.
  const branches: number[] = [];

  const channelNumber = (channel: string): number => Math.min(channelNames.of(channel), LAST_CHANNEL);
  const bitsOf = (open: readonly string[]): number => {
    if (open === lastOpen) return lastBits;
    lastOpen = open;
    lastBits = 0;
    for (let i = 0; i < open.length; i++) lastBits |= 1 << channelNumber(open[i]!);
    return lastBits;
  };
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
    const agent = agents.get(agentId);
    if (agent) agent.own = pool;
    return pool;
  };
  const newLine = (key: string, demand: Demand): Line => {
    const { preferredAgentId, excludedAgentIds } = demand;
    const number = spareNumbers.pop() ?? lineOfNumber.length;
    if (number * 2 >= heads.length) {
      const old = heads;
      heads = new Float64Array(old.length * 2);
      heads.set(old);
      const oldBits = channelBits;
      channelBits = new Int32Array(heads.length / 2);
      channelBits.set(oldBits);
    }
    if (number === 1 << 16) served = Int32Array.from(served);
    const lane = laneOf(demand);
    channelBits[number] = 1 << channelNumber(lane);
    heads[number * 2] = Number.NEGATIVE_INFINITY;
    heads[number * 2 + 1] = demand.pointsPerMinute;
    linesMade++;
    const line: Line = {
      number,
      key,
      pairs: needPairs(demand.needs, skillNames),
      channel: lane,
      channelNumber: channelNumber(lane),
      rate: demand.pointsPerMinute,
      selection: demand.selection,
      preferredAgentId,
      excluded: excludedAgentIds.length > 0 ? new Set(excludedAgentIds) : undefined,
      pools: preferredAgentId ? [ownPool(preferredAgentId)] : [...new Set(demand.queueIds)].map(queuePool),
    };
    lineOfNumber[number] = line;
    demandOfLine[number] = demand;
    for (const pool of line.pools) pool.lines.push(line);
    emptyLines.add(line);
    return line;
  };
  const lineFor = (demand: Demand): Line => {
    const met = known.get(demand);
    if (met) return met;
    const key = demandKey(demand);
    let line = lineOfKey.get(key);
    if (!line) {
      line = newLine(key, demand);
      lineOfKey.set(key, line);
    }
    if (known.size > MOST_KNOWN) known.clear();
    known.set(demand, line);
    return line;
  };
  const newEpoch = (): void => {
    epoch++;
    servedEnd = 0;
  };
  const forgetEmpty = (): void => {
    const touched = new Set<Pool>();
    for (const line of emptyLines) {
      lineOfKey.delete(line.key);
      delete lineOfNumber[line.number];
      delete demandOfLine[line.number];
      spareNumbers.push(line.number);
      for (const pool of line.pools) touched.add(pool);
    }
    for (const pool of touched) pool.lines = pool.lines.filter((line) => !emptyLines.has(line));
    emptyLines.clear();
    known.clear();
    newEpoch();
  };

  const profileOf = (queueIds: readonly string[], skills: Candidate['skills']): Profile => {
    const words = skillWords(skills, skillNames);
    const key = `${words.join()};${queueIds.map((id) => JSON.stringify(id)).join()}`;
    let profile = profiles.get(key);
    if (!profile) {
      const queues = [...new Set(queueIds)].map(queuePool);
      profile = { from: 0, count: 0, made: -1, epoch: -1, room: 0, words, pools: queues, seen: [] };
      if (profiles.size > agents.count() + SPARE_PROFILES) {
        profiles.clear();
        newEpoch();
      }
      profiles.set(key, profile);
    }
    return profile;
  };
  const serve = (profile: Profile, line: Line): void => {
    if (profile.count === profile.room) {
      const room = Math.max(8, profile.room * 2);
      if (servedEnd + room > served.length) {
        const old = served;
        const length = Math.max(old.length * 2, servedEnd + room);
        served = old instanceof Uint16Array ? new Uint16Array(length) : new Int32Array(length);
        served.set(old);
      }
      served.copyWithin(servedEnd, profile.from, profile.from + profile.count);
      profile.from = servedEnd;
      profile.room = room;
      servedEnd += room;
    }
    served[profile.from + profile.count++] = line.number;
  };
  /** Lets a profile look at the lines that came since it looked last. */
  const lookForLines = (profile: Profile): void => {
    if (profile.epoch !== epoch) {
      profile.epoch = epoch;
      profile.count = 0;
      profile.room = 0;
      profile.seen = profile.pools.map(() => 0);
    }
    profile.made = linesMade;
    for (const [i, pool] of profile.pools.entries()) {
      for (let at = profile.seen[i]!; at < pool.lines.length; at++) {
        const line = pool.lines[at]!;
        // A line of several queues is looked at in the first of them that the profile has.
        const own = line.pools.length === 1 || profile.pools.find((one) => line.pools.includes(one)) === pool;
        if (own && satisfies(profile.words, line.pairs)) serve(profile, line);
      }
      profile.seen[i] = pool.lines.length;
    }
  };

  /** What skills do not tell: who let it go, and channels that share a number. */
  const mayServe = (line: Line, agent: Agent): boolean =>
    !line.excluded?.has(agent.agentId) && (line.channelNumber !== LAST_CHANNEL || agent.open.includes(line.channel));
  const fits = (line: Line, agent: Agent): boolean =>
    (agent.openBits & (1 << line.channelNumber)) !== 0 &&
    satisfies(agent.profile.words, line.pairs) &&
    mayServe(line, agent);
  const headId = (line: Line): string => lines.idAt(lines.headOf(line.number));

  const bestLine = (agent: Agent, now: number): Line | undefined => {
    const { profile, own, openBits } = agent;
    if (profile.made !== linesMade || profile.epoch !== epoch) lookForLines(profile);
    const minutes = now / 60_000;
    const list = served;
    const standings = heads;
    let best = -1;
    let bestScore = Number.NEGATIVE_INFINITY;
    const end = profile.from + profile.count;
    for (let i = profile.from; i < end; i++) {
      const number = list[i]!;
      const score = standings[number * 2]! + standings[number * 2 + 1]! * minutes;
      if (!(score >= bestScore) || (openBits & channelBits[number]!) === 0) continue;
      const head = lines.headOf(number);
      if (head < 0 || (score === bestScore && lines.idAt(lines.headOf(best)) < lines.idAt(head))) continue;
      if (!mayServe(lineOfNumber[number]!, agent)) continue;
      best = number;
      bestScore = score;
    }
    if (own)
      for (const line of own.lines) {
        const head = lines.headOf(line.number);
        const score = standings[line.number * 2]! + line.rate * minutes;
        if (head < 0 || !(score >= bestScore) || !fits(line, agent)) continue;
        if (score === bestScore && lines.idAt(lines.headOf(best)) < lines.idAt(head)) continue;
        best = line.number;
        bestScore = score;
      }
    return best < 0 ? undefined : lineOfNumber[best];
  };

  const seatAll = (): void => {
    for (const agent of unseated) {
      if (agent.waiting) seat(agent);
      agent.waiting = false;
    }
    unseated.length = 0;
  };
  const bestAgent = (line: Line): Agent | undefined => {
    if (line.preferredAgentId) {
      const own = agents.get(line.preferredAgentId);
      return own && fits(line, own) ? own : undefined;
    }
    let best: Agent | undefined;
    for (const agent of unseated) {
      if (!agent.waiting || !fits(line, agent) || !agent.profile.pools.some((pool) => line.pools.includes(pool)))
        continue;
      if (!best || compareAgents(line.selection, agent, best) < 0) best = agent;
    }
    for (const pool of line.pools) {
      const free = freeBy(pool, line.selection);
      let open = 0;
      if (free.length > 0) branches[open++] = 0;
      while (open > 0) {
        const at = branches[--open]!;
        const { agent } = free[at]!;
        // Nobody below this one comes before.
        if (best && compareAgents(line.selection, agent, best) >= 0) continue;
        if (fits(line, agent)) {
          best = agent;
          continue;
        }
        const left = at * 2 + 1;
        if (left + 1 < free.length) branches[open++] = left + 1;
        if (left < free.length) branches[open++] = left;
      }
    }
    return best;
  };

  const dropAgent = (agentId: string): void => {
    const agent = agents.get(agentId);
    if (!agent) return;
    agents.delete(agent);
    unseat(agent);
    agent.waiting = false;
    agent.fresh = false;
    agent.openBits = 0;
  };
  const listAgent = (agent: Agent): void => {
    if (!agent.fresh || agent.listed) return;
    agent.listed = true;
    freshAgents.push(agent);
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
    if (lines.count(number) > 0) {
      heads[number * 2] = lines.headStanding(number);
      return;
    }
    heads[number * 2] = Number.NEGATIVE_INFINITY;
    emptyLines.add(lineOfNumber[number]!);
    const filled = lineOfKey.size - emptyLines.size;
    if (emptyLines.size > spareLines + 4 * filled) forgetEmpty();
  };
  const scoreAt = (slot: number, minutes: number): number =>
    lines.standingAt(slot) + heads[lines.lineAt(slot) * 2 + 1]! * minutes;
  const inOrder = (minutes: number) => (a: number, b: number) =>
    scoreAt(b, minutes) - scoreAt(a, minutes) || (lines.idAt(a) < lines.idAt(b) ? -1 : 1);

  return {
    /** How many contacts wait. */
    size: () => lines.size(),
    has: (id: string) => lines.slotOf(id) >= 0,
    /** Sets what is known about an agent. */
    setAgent(candidate: Candidate): void {
      const { agentId, queueIds, skills, open, idleSince, occupancy } = candidate;
      let agent = agents.get(agentId);
      // Skills and queues change far less often than hands: the same objects need no second look.
      if (agent?.skills !== skills || agent.queueIds !== queueIds) {
        dropAgent(agentId);
        agent = newAgent(candidate, profileOf(queueIds, skills), pools.get(`a:${agentId}`));
        agents.add(agent);
      }
      unseat(agent);
      const openBits = bitsOf(open);
      agent.openBits = openBits;
      agent.open = open;
      agent.idleSince = idleSince;
      agent.occupancy = occupancy;
      agent.hardLately = candidate.hardLately ?? 0;
      agent.fresh = openBits !== 0;
      if (openBits === 0) {
        // Who gets a contact at once never needs a place among the free.
        if (unseated[unseated.length - 1] === agent) unseated.pop();
        agent.waiting = false;
        return;
      }
      if (!agent.waiting) {
        if (unseated.length >= mostUnseated) seatAll();
        unseated.push(agent);
        agent.waiting = true;
      }
      listAgent(agent);
    },
    removeAgent: dropAgent,
    /** Puts a contact into its line; one that waits already moves to the line of its new demand. */
    add(item: WaitingContact): void {
      const hash = hashOf(item.id);
      const before = lines.slotOf(item.id, hash);
      if (before >= 0) removeSlot(before);
      const line = lineFor(item.demand);
      const { number } = line;
      if (lines.count(number) === 0) emptyLines.delete(line);
      const slot = lines.push(number, item, hash);
      if (lines.headOf(number) === slot) heads[number * 2] = item.standing;
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
      const agent = agents.get(agentId);
      const line = agent && bestLine(agent, now);
      return line && headId(line);
    },
    /** The agent this contact would go to now. */
    bestAgentFor(id: string): string | undefined {
      const slot = lines.slotOf(id);
      return slot < 0 ? undefined : bestAgent(lineOfNumber[lines.lineAt(slot)]!)?.agentId;
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
        for (const agent of round) agent.listed = false;
        const order = round.filter(({ fresh }) => fresh).sort((a, b) => compareAgents('LONGEST_IDLE', a, b));
        for (const agent of order) {
          const line = agent.fresh && pairs.length < most ? bestLine(agent, now) : undefined;
          if (line) pair(lines.headOf(line.number), bestAgent(line) ?? agent);
          else if (pairs.length < most) agent.fresh = false;
          // Whoever is still free is looked at again, by the next call when this one is at its limit.
          listAgent(agent);
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
        const line = lineOfNumber[lines.lineAt(slot)]!;
        const agent = bestAgent(line);
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
      for (const { number, rate } of new Set(lineOfNumber[lines.lineAt(slot)]!.pools.flatMap((pool) => pool.lines))) {
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
      const agent = agents.get(agentId);
      if (!agent) return [];
      const minutes = now / 60_000;
      return [...new Set([...agent.profile.pools, ...(agent.own ? [agent.own] : [])].flatMap((pool) => pool.lines))]
        .filter(({ number, rate }) => heads[number * 2]! + rate * minutes > above)
        .flatMap(({ number }) => lines.first(number, most))
        .map((slot) => ({ slot, score: scoreAt(slot, minutes) }))
        .filter(({ score }) => score > above)
        .sort((a, b) => b.score - a.score || (lines.idAt(a.slot) < lines.idAt(b.slot) ? -1 : 1))
        .slice(0, most)
        .map(({ slot, score }) => ({ id: lines.idAt(slot), demand: demandOfLine[lines.lineAt(slot)]!, score }));
    },
  };
};
