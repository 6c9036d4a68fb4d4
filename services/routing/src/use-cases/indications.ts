import { noCounts } from '../domain/attended';
import type { Indication, Strain, Sums } from '../domain/indications';
import { expectedByChance, indicationsOf, strainOf, sumUp } from '../domain/indications';
import type { Agent } from '../domain/setup';
import { notFound } from './commands';
import type { Reads } from './ports';

const DAY = 86_400_000;
/** Days that are lately, and days before them, when volumes are compared. */
const LATELY = 7;
const BEFORE = 28;

export interface AgentIndications {
  agentId: string;
  /** Others who serve one of the same queues. */
  peers: number;
  indications: Indication[];
  strain: Strain;
}

export interface Indications {
  fromDay: number;
  toDay: number;
  compared: number;
  expectedByChance: number;
  agents: AgentIndications[];
}

type Needed = Pick<Reads, 'get' | 'many' | 'agentDays' | 'agentsServing'>;

/** Conduct indications from the counts of days. */
export const createIndications = (reads: Needed, now: () => number) => {
  // Days that are over, and the one that is not, which still stands with the agent.
  const sumsOf = async (tenantId: string, ids: string[], from: number, to: number): Promise<Map<string, Sums>> => {
    const [past, states] = await Promise.all([
      reads.agentDays(tenantId, ids, from, to),
      reads.many(
        'agent_states',
        ids.map((id) => `${tenantId}/${id}`),
      ),
    ]);
    return new Map(
      ids.map((id) => {
        const day = states.get(`${tenantId}/${id}`)?.state.day;
        const open = day && day.day >= from && day.day <= to ? [day] : [];
        return [id, sumUp([past.get(id) ?? noCounts, ...open])];
      }),
    );
  };
  const strains = async (tenantId: string, ids: string[], today: number): Promise<Map<string, Strain>> => {
    const lately = await sumsOf(tenantId, ids, today - LATELY + 1, today);
    const before = await sumsOf(tenantId, ids, today - LATELY - BEFORE + 1, today - LATELY);
    return new Map(ids.map((id) => [id, strainOf(lately.get(id)!, before.get(id)!)]));
  };
  const about = async (tenantId: string, ids: string[], all: string[], days: number): Promise<Indications> => {
    const today = Math.floor(now() / DAY);
    const from = today - days + 1;
    const sums = await sumsOf(tenantId, all, from, today);
    const strain = await strains(tenantId, ids, today);
    return {
      fromDay: from,
      toDay: today,
      compared: all.length,
      expectedByChance: expectedByChance(all.length),
      agents: ids.map((agentId) => {
        const others = sumUp([...sums].flatMap(([id, one]) => (id === agentId ? [] : [one])));
        return {
          agentId,
          peers: all.length - 1,
          indications: indicationsOf(sums.get(agentId)!, others),
          strain: strain.get(agentId)!,
        };
      }),
    };
  };
  return {
    /** One agent beside those who serve the same queues. */
    async ofAgent(tenantId: string, agentId: string, days: number): Promise<Indications> {
      const held = await reads.get('agents', `${tenantId}/${agentId}`);
      if (!held) throw notFound('agents', agentId);
      const { queueIds } = held.state as Agent;
      const serving = await reads.agentsServing(tenantId, queueIds);
      return about(tenantId, [agentId], [...new Set([agentId, ...serving])].sort(), days);
    },
    /** Occupancy of those who serve a queue, on the whole days that an interval touches; undefined when nobody was there. */
    async occupancyOf(tenantId: string, queueId: string, from: number, to: number): Promise<number | undefined> {
      const ids = await reads.agentsServing(tenantId, [queueId]);
      const sums = await sumsOf(tenantId, ids, Math.floor(from / DAY), Math.floor((to - 1) / DAY));
      const { workedMs, attendedMs } = sumUp(sums.values());
      return attendedMs > 0 ? workedMs / attendedMs : undefined;
    },
    /** The agents of a queue, by id, after one of them. */
    async ofQueue(
      tenantId: string,
      queueId: string,
      days: number,
      after: string,
      most: number,
    ): Promise<{ found: Indications; more: boolean }> {
      if (!(await reads.get('queues', `${tenantId}/${queueId}`))) throw notFound('queues', queueId);
      const all = (await reads.agentsServing(tenantId, [queueId])).sort();
      const rest = all.filter((id) => id > after);
      return { found: await about(tenantId, rest.slice(0, most), all, days), more: rest.length > most };
    },
  };
};

export type IndicationReads = ReturnType<typeof createIndications>;
