import type { Candidate, Demand } from '../demand';
import { demandKey } from '../demand';
import { compareAgents } from '../judge';
import { createLines } from './lines';
import { createNames, needPairs, satisfies, skillWords } from './masks';

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

interface Line {
  number: number;
  demand: Demand;
  pairs: Int32Array;
  channelBit: number;
  excluded: ReadonlySet<string>;
  pools: Pool[];
}

interface Agent extends Candidate {
  words: Int32Array;
  openBits: number;
  pools: Pool[];
}

/** The waiting lines and the free agents of one queue, or of one agent's own contacts. Lines that are empty are not in it. */
interface Pool {
  lines: Line[];
  agents: Agent[];
}

const without = <T>(list: T[], item: T): void => {
  const at = list.indexOf(item);
  if (at < 0) return;
  const last = list.pop()!;
  if (last !== item) list[at] = last;
};

/**
 * Who takes what, from an index in memory. Contacts with equal demands stand in one line, so the choice looks at lines,
 * never at contacts: its cost does not grow with the length of the queue. The same input gives the same pairs, always.
 */
export const createMatcher = () => {
  const skillNames = createNames();
  const channelNames = createNames();
  const lines = createLines();
  const lineOfKey = new Map<string, Line>();
  const lineOfNumber: Line[] = [];
  const spareNumbers: number[] = [];
  const pools = new Map<string, Pool>();
  const agents = new Map<string, Agent>();
  const freshAgents = new Set<string>();
  const freshItems = new Set<string>();

  // More channels than bits share the last one; the exact test below settles it.
  const channelBit = (channel: string): number => 1 << Math.min(channelNames.of(channel), 31);
  const poolOf = (key: string): Pool => {
    let pool = pools.get(key);
    if (!pool) {
      pool = { lines: [], agents: [] };
      pools.set(key, pool);
    }
    return pool;
  };
  const queuePool = (id: string): Pool => poolOf(`q:${id}`);
  const ownPool = (agentId: string): Pool => poolOf(`a:${agentId}`);

  const lineFor = (demand: Demand): Line => {
    const key = demandKey(demand);
    const known = lineOfKey.get(key);
    if (known) return known;
    const line: Line = {
      number: spareNumbers.pop() ?? lineOfNumber.length,
      demand,
      pairs: needPairs(demand.needs, skillNames),
      channelBit: channelBit(demand.channel),
      excluded: new Set(demand.excludedAgentIds),
      pools: demand.preferredAgentId ? [ownPool(demand.preferredAgentId)] : demand.queueIds.map(queuePool),
    };
    lineOfKey.set(key, line);
    lineOfNumber[line.number] = line;
    return line;
  };
  const forget = (line: Line): void => {
    for (const pool of line.pools) without(pool.lines, line);
    lineOfKey.delete(demandKey(line.demand));
    spareNumbers.push(line.number);
  };
  const fits = (line: Line, agent: Agent): boolean =>
    (agent.openBits & line.channelBit) !== 0 &&
    satisfies(agent.words, line.pairs) &&
    (line.excluded.size === 0 || !line.excluded.has(agent.agentId)) &&
    (line.channelBit !== 1 << 31 || agent.open.includes(line.demand.channel));

  const scoreOf = (line: Line, minutes: number): number =>
    lines.headStanding(line.number) + line.demand.pointsPerMinute * minutes;
  const bestLine = (agent: Agent, now: number): Line | undefined => {
    if (agent.openBits === 0) return undefined;
    const minutes = now / 60_000;
    let best: Line | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const pool of agent.pools) {
      for (const line of pool.lines) {
        const score = scoreOf(line, minutes);
        if (score < bestScore || line === best || !fits(line, agent)) continue;
        if (score === bestScore && lines.headOf(line.number)!.id > lines.headOf(best!.number)!.id) continue;
        best = line;
        bestScore = score;
      }
    }
    return best;
  };
  const bestAgent = (line: Line): Agent | undefined => {
    let best: Agent | undefined;
    for (const pool of line.pools) {
      for (const agent of pool.agents) {
        if (best && compareAgents(line.demand.selection, agent, best) >= 0) continue;
        if (fits(line, agent)) best = agent;
      }
    }
    return best;
  };
  const dropAgent = (agentId: string): void => {
    const agent = agents.get(agentId);
    if (!agent) return;
    agents.delete(agentId);
    for (const pool of agent.pools) without(pool.agents, agent);
    freshAgents.delete(agentId);
  };
  const removeItem = (id: string): boolean => {
    const number = lines.remove(id);
    if (number < 0) return false;
    freshItems.delete(id);
    if (lines.count(number) === 0) forget(lineOfNumber[number]!);
    return true;
  };

  return {
    /** How many contacts wait. */
    size: () => lines.size(),
    has: (id: string) => lines.has(id),
    /** Sets what is known about an agent. */
    setAgent(candidate: Candidate): void {
      const before = agents.get(candidate.agentId);
      dropAgent(candidate.agentId);
      const openBits = candidate.open.reduce((bits, channel) => bits | channelBit(channel), 0);
      // Skills and queues change far less often than hands: the same objects need no second look.
      const same = before?.skills === candidate.skills && before.queueIds === candidate.queueIds;
      const own = same ? before.pools : [...candidate.queueIds.map(queuePool), ownPool(candidate.agentId)];
      const words = same ? before.words : skillWords(candidate.skills, skillNames);
      const agent: Agent = { ...candidate, words, openBits, pools: own };
      agents.set(candidate.agentId, agent);
      if (openBits === 0) return;
      for (const pool of own) pool.agents.push(agent);
      freshAgents.add(candidate.agentId);
    },
    removeAgent: dropAgent,
    /** Puts a contact into its line; one that waits already moves to the line of its new demand. */
    add({ id, demand, standing }: WaitingContact): void {
      removeItem(id);
      const line = lineFor(demand);
      if (lines.count(line.number) === 0) for (const pool of line.pools) pool.lines.push(line);
      lines.push(line.number, { id, standing });
      freshItems.add(id);
    },
    remove: removeItem,
    /** The contact this agent would get now. */
    bestItemFor(agentId: string, now: number): string | undefined {
      const agent = agents.get(agentId);
      const line = agent && bestLine(agent, now);
      return line && lines.headOf(line.number)!.id;
    },
    /** The agent this contact would go to now. */
    bestAgentFor(id: string): string | undefined {
      const number = lines.lineOf(id);
      return number < 0 ? undefined : bestAgent(lineOfNumber[number]!)?.agentId;
    },
    /**
     * Pairs everything that can be paired. `take` reserves the agent and gives the agent as it is from then on. Only what
     * changed since the last call is looked at: the rest could not be paired then, and cannot now.
     */
    match(now: number, take: (pair: Pair) => Candidate, most = Number.POSITIVE_INFINITY): Pair[] {
      const pairs: Pair[] = [];
      const pair = (id: string, agent: Agent): void => {
        removeItem(id);
        const made = { itemId: id, agentId: agent.agentId };
        pairs.push(made);
        this.setAgent(take(made));
      };
      // Free agents first: each finds the best contact of all, which then goes to the agent that its own rule puts first.
      for (let left = [...freshAgents]; left.length > 0 && pairs.length < most; left = [...freshAgents]) {
        const order = left.map((id) => agents.get(id)!).sort((a, b) => compareAgents('LONGEST_IDLE', a, b));
        for (const { agentId } of order) {
          const agent = agents.get(agentId);
          const line = agent && bestLine(agent, now);
          if (line && pairs.length < most) pair(lines.headOf(line.number)!.id, bestAgent(line) ?? agent);
          else if (!line) freshAgents.delete(agentId);
        }
      }
      if (pairs.length < most) {
        const waiting = [...freshItems].map((id) => ({ id, line: lineOfNumber[lines.lineOf(id)]! }));
        const minutes = now / 60_000;
        const score = ({ id, line }: (typeof waiting)[0]) =>
          lines.standingOf(id) + line.demand.pointsPerMinute * minutes;
        const scored = waiting.map((one) => ({ ...one, score: score(one) }));
        scored.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
        for (const { id, line } of scored) {
          if (pairs.length >= most) break;
          const agent = bestAgent(line);
          if (agent) pair(id, agent);
          freshItems.delete(id);
        }
      }
      return pairs;
    },
    /** 1 for the contact that is served next among those who wait for the same queues; undefined when it does not wait. */
    position(id: string, now: number): number | undefined {
      const number = lines.lineOf(id);
      if (number < 0) return undefined;
      const own = lineOfNumber[number]!;
      const standing = lines.standingOf(id);
      const minutes = now / 60_000;
      const score = standing + own.demand.pointsPerMinute * minutes;
      const seen = new Set<Line>(own.pools.flatMap((pool) => pool.lines));
      let ahead = 0;
      for (const line of seen) ahead += lines.before(line.number, score - line.demand.pointsPerMinute * minutes, id);
      return ahead + 1;
    },
    /** The contacts that stand first in an agent's queues, best first, with their scores. */
    firstFor(agentId: string, now: number, most: number): { id: string; demand: Demand; score: number }[] {
      const agent = agents.get(agentId);
      if (!agent) return [];
      const minutes = now / 60_000;
      return [...new Set(agent.pools.flatMap((pool) => pool.lines))]
        .flatMap(({ number, demand }) =>
          lines
            .first(number, most)
            .map(({ id, standing }) => ({ id, demand, score: standing + demand.pointsPerMinute * minutes })),
        )
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
        .slice(0, most);
    },
  };
};

export type Matcher = ReturnType<typeof createMatcher>;
