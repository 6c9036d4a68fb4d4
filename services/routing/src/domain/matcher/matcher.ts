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
  key: string;
  demand: Demand;
  /** Of the first contact; kept here, because choosing looks at nothing else of most lines. */
  head: number;
  rate: number;
  pairs: Int32Array;
  channelBit: number;
  excluded: ReadonlySet<string>;
  pools: Pool[];
}

interface Agent {
  agentId: string;
  queueIds: readonly string[];
  skills: Readonly<Record<string, number>>;
  open: readonly string[];
  idleSince: number;
  occupancy: number;
  words: Int32Array;
  openBits: number;
  pools: Pool[];
}

/** The waiting lines and the free agents of one queue, or of one agent's own contacts. Lines that are empty are not in it. */
interface Pool {
  /** By ageing rate, and within a rate by the score of the first contact: that order does not change with time. */
  groups: { rate: number; lines: Line[] }[];
  agents: Agent[];
}

const linesOf = (pool: Pool): Line[] => pool.groups.flatMap(({ lines }) => lines);

const enlist = (pool: Pool, line: Line): void => {
  let group = pool.groups.find(({ rate }) => rate === line.rate);
  if (!group) {
    group = { rate: line.rate, lines: [] };
    pool.groups.push(group);
  }
  const { lines } = group;
  let low = 0;
  for (let high = lines.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.head > line.head) low = middle + 1;
    else high = middle;
  }
  lines.splice(low, 0, line);
};

const delist = (pool: Pool, line: Line): void => {
  const at = pool.groups.findIndex(({ rate }) => rate === line.rate);
  const { lines } = pool.groups[at]!;
  lines.splice(lines.indexOf(line), 1);
  if (lines.length === 0) pool.groups.splice(at, 1);
};

/** Kinds of demand that nobody has just now and that are remembered all the same. */
const MOST_EMPTY = 4_096;

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
  // Lines that are empty just now: most fill again, so they are kept up to a limit.
  const emptyLines = new Set<Line>();
  const keys = new WeakMap<Demand, string>();
  const pools = new Map<string, Pool>();
  const agents = new Map<string, Agent>();
  const freshAgents = new Set<string>();
  const freshItems = new Set<string>();

  // More channels than bits share the last one; the exact test below settles it.
  const channelBit = (channel: string): number => 1 << Math.min(channelNames.of(channel), 31);
  const poolOf = (key: string): Pool => {
    let pool = pools.get(key);
    if (!pool) {
      pool = { groups: [], agents: [] };
      pools.set(key, pool);
    }
    return pool;
  };
  const queuePool = (id: string): Pool => poolOf(`q:${id}`);
  const ownPool = (agentId: string): Pool => poolOf(`a:${agentId}`);

  const keyOf = (demand: Demand): string => {
    let key = keys.get(demand);
    if (key === undefined) {
      key = demandKey(demand);
      keys.set(demand, key);
    }
    return key;
  };
  const lineFor = (demand: Demand): Line => {
    const key = keyOf(demand);
    const known = lineOfKey.get(key);
    if (known) return known;
    const line: Line = {
      number: spareNumbers.pop() ?? lineOfNumber.length,
      key,
      demand,
      head: Number.NEGATIVE_INFINITY,
      rate: demand.pointsPerMinute,
      pairs: needPairs(demand.needs, skillNames),
      channelBit: channelBit(demand.channel),
      excluded: new Set(demand.excludedAgentIds),
      pools: demand.preferredAgentId ? [ownPool(demand.preferredAgentId)] : demand.queueIds.map(queuePool),
    };
    lineOfKey.set(key, line);
    lineOfNumber[line.number] = line;
    return line;
  };
  const forgetEmpty = (): void => {
    for (const line of emptyLines) {
      lineOfKey.delete(line.key);
      spareNumbers.push(line.number);
    }
    emptyLines.clear();
  };
  const fits = (line: Line, agent: Agent): boolean =>
    (agent.openBits & line.channelBit) !== 0 &&
    satisfies(agent.words, line.pairs) &&
    (line.excluded.size === 0 || !line.excluded.has(agent.agentId)) &&
    (line.channelBit !== 1 << 31 || agent.open.includes(line.demand.channel));

  const bestLine = (agent: Agent, now: number): Line | undefined => {
    if (agent.openBits === 0) return undefined;
    const minutes = now / 60_000;
    let best: Line | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const { groups } of agent.pools) {
      for (const group of groups) {
        const aged = group.rate * minutes;
        for (const line of group.lines) {
          const score = line.head + aged;
          if (score < bestScore) break;
          if (line === best || !fits(line, agent)) continue;
          if (score === bestScore && lines.headOf(line.number)!.id > lines.headOf(best!.number)!.id) continue;
          best = line;
          bestScore = score;
        }
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
  const moveHead = (line: Line, head: number): void => {
    if (line.head === head) return;
    for (const pool of line.pools) delist(pool, line);
    line.head = head;
    for (const pool of line.pools) enlist(pool, line);
  };
  const removeItem = (id: string): boolean => {
    const number = lines.remove(id);
    if (number < 0) return false;
    freshItems.delete(id);
    const line = lineOfNumber[number]!;
    if (lines.count(number) > 0) {
      moveHead(line, lines.headStanding(number));
      return true;
    }
    for (const pool of line.pools) delist(pool, line);
    emptyLines.add(line);
    if (emptyLines.size > MOST_EMPTY) forgetEmpty();
    return true;
  };

  return {
    /** How many contacts wait. */
    size: () => lines.size(),
    has: (id: string) => lines.has(id),
    /** Sets what is known about an agent. */
    setAgent(candidate: Candidate): void {
      const { agentId, queueIds, skills, open, idleSince, occupancy } = candidate;
      let agent = agents.get(agentId);
      // Skills and queues change far less often than hands: the same objects need no second look.
      if (agent?.skills !== skills || agent.queueIds !== queueIds) {
        dropAgent(agentId);
        const own = [...queueIds.map(queuePool), ownPool(agentId)];
        const words = skillWords(skills, skillNames);
        agent = { agentId, queueIds, skills, open: [], idleSince, occupancy, words, openBits: 0, pools: own };
        agents.set(agentId, agent);
      }
      let openBits = 0;
      for (const channel of open) openBits |= channelBit(channel);
      if (openBits !== 0 && agent.openBits === 0) for (const pool of agent.pools) pool.agents.push(agent);
      if (openBits === 0 && agent.openBits !== 0) for (const pool of agent.pools) without(pool.agents, agent);
      agent.openBits = openBits;
      agent.open = open;
      agent.idleSince = idleSince;
      agent.occupancy = occupancy;
      if (openBits === 0) freshAgents.delete(agentId);
      else freshAgents.add(agentId);
    },
    removeAgent: dropAgent,
    /** Puts a contact into its line; one that waits already moves to the line of its new demand. */
    add({ id, demand, standing }: WaitingContact): void {
      removeItem(id);
      const line = lineFor(demand);
      if (lines.count(line.number) === 0) {
        emptyLines.delete(line);
        line.head = standing;
        for (const pool of line.pools) enlist(pool, line);
      } else if (standing > line.head) moveHead(line, standing);
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
      const seen = new Set<Line>(own.pools.flatMap(linesOf));
      let ahead = 0;
      for (const line of seen) ahead += lines.before(line.number, score - line.demand.pointsPerMinute * minutes, id);
      return ahead + 1;
    },
    /** The contacts that stand first in an agent's queues, best first, with their scores. */
    firstFor(agentId: string, now: number, most: number): { id: string; demand: Demand; score: number }[] {
      const agent = agents.get(agentId);
      if (!agent) return [];
      const minutes = now / 60_000;
      return [...new Set(agent.pools.flatMap(linesOf))]
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
