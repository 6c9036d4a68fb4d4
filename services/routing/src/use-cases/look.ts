import { faringOf } from '../domain/attend';
import { usedUnits } from '../domain/capacity';
import type { Decision } from '../domain/decision';
import { replayDecision } from '../domain/decision';
import { dryRun } from '../domain/dry-run';
import { newAgentState } from '../domain/presence';
import type { Report } from '../domain/report';
import { reportOf } from '../domain/report';
import type { Kind, Policy, Queue, Resource } from '../domain/setup';
import type { Wellbeing } from '../domain/wellbeing';
import { usualWellbeing } from '../domain/wellbeing';
import type { AgentView, WorkView } from './commands';
import { agentView, notFound } from './commands';
import type { Held, Reads } from './ports';
import type { Shards } from './shards';

/** Reads: from memory where this process owns the tenant, else as last saved. */
export const createLook = (shards: Shards, reads: Reads, now: () => number) => {
  const resource = async (kind: Kind, tenantId: string, id: string): Promise<Resource> => {
    const tenant = shards.local(tenantId);
    const held = tenant
      ? (tenant.held[kind].get(id) as Held<Resource> | undefined)
      : ((await reads.get(kind, `${tenantId}/${id}`)) as Held<Resource> | undefined);
    if (!held) throw notFound(kind, id);
    return held.state;
  };
  const decision = async (tenantId: string, id: string): Promise<Decision> => {
    const found = await reads.decision(`${tenantId}/${id}`);
    if (!found) throw notFound('decisions', id);
    return found;
  };
  const wellbeingOf = async (tenantId: string): Promise<Wellbeing> =>
    shards.local(tenantId)?.wellbeing().state ??
    (await reads.get('wellbeing', `${tenantId}/wellbeing`))?.state ??
    usualWellbeing;
  return {
    resource,
    decision,
    wellbeing: wellbeingOf,
    async work(tenantId: string, id: string): Promise<WorkView> {
      const held = shards.local(tenantId)?.work.get(id) ?? (await reads.get('work_items', `${tenantId}/${id}`));
      if (!held) throw notFound('work_items', id);
      return { item: held.state, rev: held.rev };
    },
    async agentState(tenantId: string, id: string): Promise<AgentView> {
      const tenant = shards.local(tenantId);
      if (tenant) {
        const fresh = { state: newAgentState(tenantId, id, 0), rev: 0, eventSeq: 0, asked: [] };
        return agentView(tenant, id, tenant.agentStates.get(id) ?? fresh, now());
      }
      const key = `${tenantId}/${id}`;
      const [agent, held, wellbeing] = await Promise.all([
        reads.get('agents', key),
        reads.get('agent_states', key),
        wellbeingOf(tenantId),
      ]);
      if (!agent) throw notFound('agents', id);
      const state = held?.state ?? newAgentState(tenantId, id, 0);
      // What is open is only known where the agent is in memory.
      const { capacityUnits } = agent.state;
      return {
        faring: faringOf(state, wellbeing, now()),
        state,
        rev: held?.rev ?? 0,
        usedUnits: usedUnits(state.load),
        capacityUnits,
        open: [],
      };
    },
    /** Decides again from the stored inputs and the policy as it was. */
    async replay(tenantId: string, id: string) {
      const made = await decision(tenantId, id);
      const version = made.policyId
        ? await reads.get('policy_versions', `${tenantId}/${made.policyId}/${made.policyVersion}`)
        : undefined;
      if (made.policyId && !version) throw notFound('policies', `${made.policyId} version ${made.policyVersion}`);
      return replayDecision(made, version?.state);
    },
    /** Decides the offers of an interval again under a policy; under the stored one when none is given. */
    async dryRun(
      tenantId: string,
      policyId: string,
      given: Policy | undefined,
      from: number,
      to: number,
      most: number,
    ) {
      const policy = given ?? ((await resource('policies', tenantId, policyId)) as Policy);
      const found = await reads.decisionsOf(tenantId, policyId, from, to, most + 1);
      return { run: dryRun(found.slice(0, most), policy), truncated: found.length > most };
    },
    async report(
      tenantId: string,
      queueId: string,
      from: number,
      to: number,
    ): Promise<{ report: Report; queue: Queue }> {
      const queue = (await resource('queues', tenantId, queueId)) as Queue;
      const items = await reads.workOfQueue(tenantId, queueId, from, to);
      return { report: reportOf(items, queueId, queue.serviceLevel, from, to), queue };
    },
  };
};

export type Look = ReturnType<typeof createLook>;
