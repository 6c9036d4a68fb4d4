import { compareAgents } from '../judge';
import type { Agents } from './agents';
import { SEATED, WAITING } from './agents';
import { LAST_CHANNEL, satisfies } from './masks';
import type { Agent, Line } from './pool';
import { freeBy, seat, unseat } from './pool';

/** What skills do not tell: who let it go, and channels that share a number. */
export const mayServe = (line: Line, agentId: string, open: readonly string[]): boolean =>
  !line.excluded?.has(agentId) && (line.channelNumber !== LAST_CHANNEL || open.includes(line.channel));

/** Whether an agent who is up to date could take what waits in a line of its queues. */
export const fits = (line: Line, agent: Agent): boolean =>
  (agent.openBits & (1 << line.channelNumber)) !== 0 &&
  satisfies(agent.profile.words, line.pairs) &&
  mayServe(line, agent.agentId, agent.open);

/** Who is free: a few who became so just now and are looked at one by one, and the others in the order of their queues. */
export const createFree = (agents: Agents, mostUnseated: number) => {
  const unseated: number[] = [];
  // Branches of a heap still to be looked at.
  const branches: number[] = [];

  const seatAll = (): void => {
    for (const slot of unseated) {
      if (!agents.has(slot, WAITING)) continue;
      seat(agents.now(slot));
      agents.clear(slot, WAITING);
      agents.mark(slot, SEATED);
    }
    unseated.length = 0;
  };
  const preferred = (line: Line): Agent | undefined => {
    const slot = agents.slotOf(line.preferredAgentId);
    if (slot < 0) return undefined;
    const own = agents.now(slot);
    return fits(line, own) ? own : undefined;
  };
  const bestUnseated = (line: Line): Agent | undefined => {
    let best: Agent | undefined;
    for (const slot of unseated) {
      if (!agents.has(slot, WAITING)) continue;
      const agent = agents.now(slot);
      if (!fits(line, agent) || !agent.profile.pools.some((pool) => line.pools.includes(pool))) continue;
      if (!best || compareAgents(line.selection, agent, best) < 0) best = agent;
    }
    return best;
  };

  return {
    /** Takes an agent from where the free ones stand. Always before what orders them changes. */
    leave(slot: number): void {
      if (!agents.has(slot, SEATED)) return;
      unseat(agents.at(slot));
      agents.clear(slot, SEATED);
    },
    join(slot: number): void {
      if (agents.has(slot, WAITING)) return;
      if (unseated.length >= mostUnseated) seatAll();
      unseated.push(slot);
      agents.mark(slot, WAITING);
    },
    /** Who gets a contact at once never needs a place in the order. */
    busy(slot: number): void {
      if (unseated[unseated.length - 1] === slot) unseated.pop();
      agents.clear(slot, WAITING);
    },
    /** Who comes first among those who can take what waits in a line. */
    best(line: Line): Agent | undefined {
      if (line.preferredAgentId) return preferred(line);
      let best = bestUnseated(line);
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
    },
  };
};
