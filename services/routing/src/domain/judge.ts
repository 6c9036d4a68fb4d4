import type { Candidate, Demand } from './demand';
import { laneOf } from './demand';

/** Why an agent is not given a contact. */
export type SkipReason =
  | 'NOT_IN_QUEUE'
  | 'NOT_AVAILABLE'
  | 'NO_CAPACITY'
  | 'COOL_DOWN'
  | 'OCCUPANCY_CEILING'
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

/** Why somebody who could have taken it was not given it. */
export const othersComeFirst = skip('OTHERS_COME_FIRST');

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
  if (agent.open.includes(laneOf(demand))) return undefined;
  const { rest } = agent;
  // For a pressing contact the ceiling gave way: what is left in the way is the capacity.
  if (rest && !(demand.pressing && rest.why === 'OCCUPANCY_CEILING')) return skip(rest.why, rest.detail);
  return skip('NO_CAPACITY', demand.channel);
};

/** Negative when `a` comes before `b`. Ends with the id, so the order is total and the same on every machine. */
export const compareAgents = (
  selection: Demand['selection'],
  a: Pick<Candidate, 'agentId' | 'idleSince' | 'occupancy' | 'hardLately'>,
  b: Pick<Candidate, 'agentId' | 'idleSince' | 'occupancy' | 'hardLately'>,
): number =>
  (selection === 'LEAST_OCCUPIED'
    ? a.occupancy - b.occupancy
    : selection === 'FEWEST_HARD_CONTACTS'
      ? (a.hardLately ?? 0) - (b.hardLately ?? 0)
      : 0) ||
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
  const behind = able.slice(1).map((agent): Judged => ({ agent, skip: othersComeFirst }));
  const unable = agents
    .flatMap((agent): Judged[] => {
      const why = cannotTake(demand, agent);
      return why ? [{ agent, skip: why }] : [];
    })
    .sort((a, b) => (a.agent.agentId < b.agent.agentId ? -1 : 1));
  return { ...(chosen ? { chosen } : {}), judged: [...(chosen ? [{ agent: chosen }] : []), ...behind, ...unable] };
};

/** Puts one into a list that is in order and holds at most so many. */
const keep = <T>(list: T[], one: T, most: number, before: (a: T, b: T) => boolean): void => {
  let at = list.length;
  while (at > 0 && before(one, list[at - 1]!)) at--;
  if (at >= most) return;
  list.splice(at, 0, one);
  if (list.length > most) list.pop();
};

/** What a survey of agents came to. */
export interface Survey {
  /** Who is chosen and who would have been next, in order; then some of those who could not, by id. */
  judged: Judged[];
  /** How many were passed over, by reason. */
  skipped: Record<string, number>;
}

/**
 * The same judgement in one pass, for records that show the first few only: at most `mostAble` who could take it, and `most`
 * agents in all. Everybody counts in `skipped`.
 */
export const surveyAgents = (
  demand: Demand,
  agents: readonly Candidate[],
  { mostAble, most }: { mostAble: number; most: number },
): Survey => {
  const able: Candidate[] = [];
  const unable: Judged[] = [];
  const skipped: Record<string, number> = {};
  const comesFirst = (a: Candidate, b: Candidate) => compareAgents(demand.selection, a, b) < 0;
  const byId = (a: Judged, b: Judged) => a.agent.agentId < b.agent.agentId;
  let count = 0;
  for (const agent of agents) {
    const why = cannotTake(demand, agent);
    if (why) {
      skipped[why.reason] = (skipped[why.reason] ?? 0) + 1;
      if (unable.length < most || agent.agentId < unable[most - 1]!.agent.agentId)
        keep(unable, { agent, skip: why }, most, byId);
    } else {
      count++;
      if (able.length < mostAble || comesFirst(agent, able[mostAble - 1]!)) keep(able, agent, mostAble, comesFirst);
    }
  }
  if (count > 1) skipped['OTHERS_COME_FIRST'] = count - 1;
  const first = able.map((agent, i): Judged => (i === 0 ? { agent } : { agent, skip: othersComeFirst }));
  return { judged: [...first, ...unable.slice(0, most - first.length)], skipped };
};
