import type { Candidate, Demand } from '@throughline/routing/matcher';
import { seeded } from './random';

const SKILLS = 64;
const QUEUES = 32;
const CLASSES = 2_000;
const CHANNELS = ['voice', 'chat', 'email'];

export interface RoutingLoad {
  agents: Candidate[];
  items: { id: string; demand: Demand; standing: number }[];
}

/** An id of one piece, as ids come off the wire: put together from parts, a string is slow to read in. */
export const contactId = (family: number, i: number): string =>
  Buffer.from(`0190f3a2-7c11-7b3e-${family.toString(16)}-${i.toString(16).padStart(12, '0')}`).toString('latin1');

/** The agent as open for these channels. All of one shape, as those that the service makes. */
export const openFor = (agent: Candidate, open: readonly string[]): Candidate => ({
  agentId: agent.agentId,
  queueIds: agent.queueIds,
  skills: agent.skills,
  open,
  idleSince: agent.idleSince,
  occupancy: agent.occupancy,
  presence: agent.presence,
  reason: agent.reason,
  rest: undefined,
  hardLately: undefined,
});

/** Agents with 4 to 11 of 64 skills in 3 of 32 queues, and contacts of 2,000 kinds: the arrivals of one long day. */
export const routingLoad = (agentCount: number, itemCount: number, seed = 7): RoutingLoad => {
  const random = seeded(seed);
  const below = (n: number) => Math.floor(random() * n);
  const skill = () => `skill-${below(SKILLS)}`;
  const agents = Array.from({ length: agentCount }, (_, i): Candidate => {
    const skills = Object.fromEntries(Array.from({ length: 4 + below(8) }, () => [skill(), 1 + below(5)]));
    const queueIds = [...new Set(Array.from({ length: 3 }, () => `queue-${below(QUEUES)}`))];
    const agentId = `agent-${i}`;
    return openFor(
      { agentId, queueIds, skills, open: [], idleSince: i, occupancy: 1, presence: 'AVAILABLE', reason: '' },
      [],
    );
  });
  const classes = Array.from({ length: CLASSES }, (): Demand => {
    const needs = [...new Set(Array.from({ length: below(3) }, skill))].map((skillId) => ({
      skillId,
      minProficiency: 1 + below(3),
    }));
    const queueIds = [`queue-${below(QUEUES)}`];
    const channel = CHANNELS[below(CHANNELS.length)]!;
    return {
      queueIds,
      channel,
      needs,
      preferredAgentId: '',
      excludedAgentIds: [],
      selection: 'LONGEST_IDLE',
      pointsPerMinute: 1,
    };
  });
  const items = Array.from({ length: itemCount }, (_, i) => {
    return { id: contactId(0x9d4f, i), demand: classes[below(CLASSES)]!, standing: below(4) * 5 - i / 1_000 };
  });
  return { agents, items };
};
