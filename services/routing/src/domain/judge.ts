import type { Candidate, Demand } from './demand';

/** Why an agent is not given a contact. */
export type SkipReason =
  | 'NOT_IN_QUEUE'
  | 'NOT_AVAILABLE'
  | 'NO_CAPACITY'
  | 'SKILL_MISSING'
  | 'PROFICIENCY_TOO_LOW'
  | 'RESERVED_FOR_PREFERRED_AGENT'
  | 'DECLINED_IT_BEFORE'
  | 'OTHERS_COME_FIRST';

export interface Skip {
  reason: SkipReason;
  detail: string;
}

const skip = (reason: SkipReason, detail = ''): Skip => ({ reason, detail });

/** Why this agent cannot take a contact with this demand; undefined when it can. */
export const cannotTake = (demand: Demand, agent: Candidate): Skip | undefined => {
  if (demand.preferredAgentId && demand.preferredAgentId !== agent.agentId) {
    return skip('RESERVED_FOR_PREFERRED_AGENT', demand.preferredAgentId);
  }
  if (!demand.preferredAgentId && !demand.queueIds.some((id) => agent.queueIds.includes(id))) {
    return skip('NOT_IN_QUEUE');
  }
  for (const { skillId, minProficiency } of demand.needs) {
    const has = agent.skills[skillId] ?? 0;
    if (has === 0) return skip('SKILL_MISSING', skillId);
    if (has < minProficiency) return skip('PROFICIENCY_TOO_LOW', `${skillId}: ${has}, needs ${minProficiency}`);
  }
  if (demand.excludedAgentIds.includes(agent.agentId)) return skip('DECLINED_IT_BEFORE');
  if (agent.presence !== 'AVAILABLE') {
    return skip('NOT_AVAILABLE', agent.reason ? `${agent.presence}: ${agent.reason}` : agent.presence);
  }
  if (!agent.open.includes(demand.channel)) return skip('NO_CAPACITY', demand.channel);
  return undefined;
};

/** Negative when `a` comes before `b`. Ends with the id, so the order is total and the same on every machine. */
export const compareAgents = (
  selection: Demand['selection'],
  a: Pick<Candidate, 'agentId' | 'idleSince' | 'occupancy'>,
  b: Pick<Candidate, 'agentId' | 'idleSince' | 'occupancy'>,
): number =>
  (selection === 'LEAST_OCCUPIED' ? a.occupancy - b.occupancy : 0) ||
  a.idleSince - b.idleSince ||
  (a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0);

export interface Judged {
  agent: Candidate;
  /** Absent for the one who is chosen. */
  skip?: Skip | undefined;
}

/** The linear form of the choice: what the index must always agree with, and what a replay runs. */
export const judgeAgents = (demand: Demand, agents: readonly Candidate[]): { chosen?: Candidate; judged: Judged[] } => {
  const able = agents
    .filter((agent) => !cannotTake(demand, agent))
    .sort((a, b) => compareAgents(demand.selection, a, b));
  const [chosen] = able;
  const behind = able.slice(1).map((agent): Judged => ({ agent, skip: skip('OTHERS_COME_FIRST') }));
  const unable = agents
    .flatMap((agent): Judged[] => {
      const why = cannotTake(demand, agent);
      return why ? [{ agent, skip: why }] : [];
    })
    .sort((a, b) => (a.agent.agentId < b.agent.agentId ? -1 : 1));
  return { ...(chosen ? { chosen } : {}), judged: [...(chosen ? [{ agent: chosen }] : []), ...behind, ...unable] };
};
