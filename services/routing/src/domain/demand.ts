/** A skill that is needed, at least this well (1 to 5). */
export interface SkillNeed {
  skillId: string;
  minProficiency: number;
}

export type Selection = 'LONGEST_IDLE' | 'LEAST_OCCUPIED' | 'FEWEST_HARD_CONTACTS';

/** What a contact asks for at one moment. Contacts with equal demands wait in one line. */
export interface Demand {
  /** Queues whose agents may take it: its own first, then those it was widened to. */
  queueIds: readonly string[];
  channel: string;
  needs: readonly SkillNeed[];
  /** While set, nobody else may take it. */
  preferredAgentId: string;
  /** Agents who declined or did not answer it a moment ago. */
  excludedAgentIds: readonly string[];
  selection: Selection;
  /** Ageing: points of score per minute of waiting. */
  pointsPerMinute: number;
  /** It waited so long that the occupancy ceiling gives way. */
  pressing?: boolean | undefined;
}

/** What agents are open for when the ceiling gives way. No channel is called so. */
export const pressingLane = (channel: string): string => `${channel}!`;

/** What an agent must be open for to take it. */
export const laneOf = ({ channel, pressing }: Pick<Demand, 'channel' | 'pressing'>): string =>
  pressing ? pressingLane(channel) : channel;

/** Equal demands have equal keys. */
export const demandKey = (demand: Demand): string =>
  JSON.stringify([
    demand.queueIds,
    demand.channel,
    demand.needs.map(({ skillId, minProficiency }) => [skillId, minProficiency]),
    demand.preferredAgentId,
    demand.excludedAgentIds,
    demand.selection,
    demand.pointsPerMinute,
    ...(demand.pressing ? [true] : []),
  ]);

/** What routing looks at in an agent. */
export interface Candidate {
  agentId: string;
  queueIds: readonly string[];
  /** Proficiency 1 to 5 by skill. */
  skills: Readonly<Record<string, number>>;
  /** Lanes (`laneOf`) of which the agent could take one more contact now; empty when not available. */
  open: readonly string[];
  /** Since when there was nothing to do, epoch milliseconds. */
  idleSince: number;
  /** Used share of the capacity, 0 to 1. */
  occupancy: number;
  presence: string;
  /** Why not ready. */
  reason: string;
  /** Why nothing is offered though they are available. */
  rest?: { why: 'COOL_DOWN' | 'OCCUPANCY_CEILING'; detail: string } | undefined;
  /** Hard contacts that still count; none when absent. */
  hardLately?: number | undefined;
}
