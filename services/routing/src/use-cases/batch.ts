import { finishedDay } from '../domain/agent-day';
import { attend } from '../domain/attend';
import type { Decision } from '../domain/decision';
import type { QueueEvent, QueueState } from '../domain/guard';
import { evolveQueue } from '../domain/guard';
import type { AgentEvent, AgentState } from '../domain/presence';
import { evolveAgent, newAgentState, wholeAgentState } from '../domain/presence';
import type { Policy, Resource } from '../domain/setup';
import type { Wellbeing } from '../domain/wellbeing';
import type { WorkEvent, WorkItem } from '../domain/work-item';
import { evolve, isOpen } from '../domain/work-item';
import type { createDue } from './due';
import type { Asked, Collection, DocChange, Fact, Held } from './ports';
import type { Tenant } from './tenant';
import { createTenant } from './tenant';

/** Requests remembered with one aggregate. */
const ASKED_KEPT = 8;

/** Events that only matter inside. */
const inner = new Set(['placed', 'taken', 'moved_on', 'released', 'rested', 'hard_noted', 'signed', 'low_since']);

/** A shard in memory: the tenants that fall into it, and what is due. */
export interface World {
  tenants: Map<string, Tenant>;
  due: ReturnType<typeof createDue>;
}

export const tenantOf = (world: World, tenantId: string): Tenant => {
  let tenant = world.tenants.get(tenantId);
  if (!tenant) {
    tenant = createTenant(tenantId);
    world.tenants.set(tenantId, tenant);
  }
  return tenant;
};

export const dueKey = (tenantId: string, id: string): string => `${tenantId}/${id}`;

/** Marks the key of a queue: ids of work never begin so. */
const QUEUE_MARK = '!';

/** Marks the key of an agent. */
const AGENT_MARK = '@';

/** The agent that a due key is about. */
export const agentOfKey = (id: string): string | undefined =>
  id.startsWith(AGENT_MARK) ? id.slice(AGENT_MARK.length) : undefined;

/** The queue that a due key is about; undefined when it is about something else. */
export const queueOfKey = (id: string): string | undefined =>
  id.startsWith(QUEUE_MARK) ? id.slice(QUEUE_MARK.length) : undefined;

const armQueue = (world: World, tenant: Tenant, queueId: string, now: number): void => {
  if (tenant.held.queues.get(queueId)?.state.guard) {
    world.due.set(dueKey(tenant.tenantId, QUEUE_MARK + queueId), tenant.guardDue(queueId, now));
  }
};

const armAgent = (world: World, tenant: Tenant, agentId: string, now: number): void =>
  world.due.set(dueKey(tenant.tenantId, AGENT_MARK + agentId), tenant.agentDue(agentId, now));

const fresh = <S>(state: S): Held<S> => ({ state, rev: 0, eventSeq: 0, asked: [] });

/** Puts a stored document into memory. */
export const putDoc = (world: World, { collection, key, held }: DocChange, now: number): void => {
  const slash = key.indexOf('/');
  const tenant = tenantOf(world, key.slice(0, slash));
  const id = key.slice(slash + 1);
  if (collection === 'work_items') {
    const item = held as Held<WorkItem> | undefined;
    const open = item && isOpen(item.state);
    tenant.setWork(id, open ? item : undefined, now);
    world.due.set(dueKey(tenant.tenantId, id), open ? tenant.dueOf(item.state, now) : undefined);
    if (open) armQueue(world, tenant, item.state.queueId, now);
  } else if (collection === 'agent_states') {
    if (held) tenant.setAgentState(id, { ...held, state: wholeAgentState(held.state as AgentState) }, now);
    armAgent(world, tenant, id, now);
  } else if (collection === 'wellbeing') {
    if (held) tenant.setWellbeing(held as Held<Wellbeing>, now);
  } else if (collection === 'queue_states') {
    if (held) tenant.queueStates.set(id, held as Held<QueueState>);
  } else if (collection === 'agents') tenant.setAgent(id, held as never);
  else if (collection !== 'policy_versions' && collection !== 'agent_days') {
    const map = tenant.held[collection] as Map<string, unknown>;
    if (held) map.set(id, held);
    else map.delete(id);
  }
};

/** About what a document, its events and its decision take beside the texts of customers, in bytes. */
const PLAIN_BYTES = 4_000;

/** About how many bytes work takes in a row: more than it will be, most of the time. */
const bytesOf = ({ subject, attributes, handover, waits }: WorkItem): number => {
  let texts = subject.length;
  for (const name in attributes) texts += name.length + attributes[name]!.length;
  if (handover) texts += JSON.stringify(handover).length;
  return PLAIN_BYTES + 2 * texts + 200 * (waits?.length ?? 0);
};

/** Collects what a batch changes while it changes the memory. When the write fails, the memory is thrown away whole. */
export const createBatch = (world: World, past: ReadonlyMap<string, Held<WorkItem>>) => {
  const docs = new Map<string, DocChange>();
  const facts: Fact[] = [];
  const decisions: Decision[] = [];
  let bytes = 0;
  const touched = (collection: Collection, key: string, held: Held<unknown> | undefined, isNew = false): void => {
    const name = `${collection}/${key}`;
    const before = docs.get(name);
    if (!before) bytes += collection === 'work_items' ? bytesOf(held!.state as WorkItem) : PLAIN_BYTES;
    const created = isNew || before?.created;
    docs.set(name, created ? { collection, key, held, created } : { collection, key, held });
  };
  const remembered = (held: Held<unknown>, asked: Asked | undefined): Asked[] =>
    asked ? [...held.asked, asked].slice(-ASKED_KEPT) : held.asked;

  const agentOf = (tenant: Tenant, agentId: string, now: number): Held<AgentState> =>
    tenant.agentStates.get(agentId) ?? fresh(newAgentState(tenant.tenantId, agentId, now));

  const setWork = (tenant: Tenant, held: Held<WorkItem>, now: number): void => {
    const { id } = held.state;
    // What has ended stays in memory until it is saved; `forget` drops it then.
    const before = tenant.work.get(id);
    const left = before?.state.queueId;
    tenant.setWork(id, held, now);
    // While it was offered its time may have come for another queue: who lets it go makes it be looked at.
    const back = before?.state.state === 'OFFERED' && held.state.state === 'QUEUED';
    world.due.set(dueKey(tenant.tenantId, id), back ? now : tenant.dueOf(held.state, now));
    armQueue(world, tenant, held.state.queueId, now);
    if (left && left !== held.state.queueId) armQueue(world, tenant, left, now);
    const key = `${tenant.tenantId}/${id}`;
    touched('work_items', key, held, !before && !past.has(key));
  };

  return {
    docs,
    facts,
    decisions,
    /** About how large the row will be, in bytes. */
    bytes: (): number => bytes,
    /** Work in memory, or as it was stored when it ended. */
    work: (tenant: Tenant, id: string): Held<WorkItem> | undefined =>
      tenant.work.get(id) ?? past.get(`${tenant.tenantId}/${id}`),
    agentState: agentOf,
    applyWork(tenant: Tenant, id: string, events: readonly WorkEvent[]): WorkItem {
      let held = tenant.work.get(id);
      for (const event of events) {
        const after = evolve(held?.state, event);
        const published = !inner.has(event.type);
        const eventSeq = (held?.eventSeq ?? 0) + (published ? 1 : 0);
        if (published) facts.push({ about: 'work', seq: eventSeq, event, before: held?.state, after });
        held = { state: after, rev: (held?.rev ?? 0) + 1, eventSeq, asked: held?.asked ?? [] };
      }
      if (!held) throw new Error(`no work ${id}`);
      if (events.length > 0) setWork(tenant, held, events.at(-1)!.at);
      return held.state;
    },
    applyAgent(tenant: Tenant, agentId: string, events: readonly AgentEvent[], now: number): AgentState {
      let held = agentOf(tenant, agentId, now);
      const wellbeing = tenant.wellbeing().state;
      const capacityUnits = tenant.held.agents.get(agentId)?.state.capacityUnits ?? 100;
      for (const event of events) {
        const moved = evolveAgent(held.state, event, wellbeing);
        const after = attend(held.state, moved, event, wellbeing, capacityUnits);
        const over = finishedDay(held.state, after);
        if (over) {
          const key = `${tenant.tenantId}/${agentId}/${over.day}`;
          touched('agent_days', key, fresh({ ...over, agentId }));
        }
        const published = !inner.has(event.type);
        const eventSeq = held.eventSeq + (published ? 1 : 0);
        if (published) facts.push({ about: 'agent', seq: eventSeq, event, before: held.state, after });
        held = { ...held, state: after, rev: held.rev + 1, eventSeq };
      }
      if (events.length > 0) {
        tenant.setAgentState(agentId, held, now);
        armAgent(world, tenant, agentId, now);
        touched('agent_states', `${tenant.tenantId}/${agentId}`, held);
      }
      return held.state;
    },
    applyQueue(tenant: Tenant, queueId: string, events: readonly QueueEvent[]): void {
      let held = tenant.queueState(queueId);
      for (const event of events) {
        const after = evolveQueue(held.state, event);
        const published = !inner.has(event.type);
        const eventSeq = held.eventSeq + (published ? 1 : 0);
        if (published) facts.push({ about: 'queue', seq: eventSeq, event, before: held.state, after });
        held = { ...held, state: after, rev: held.rev + 1, eventSeq };
      }
      if (events.length === 0) return;
      tenant.queueStates.set(queueId, held);
      touched('queue_states', `${tenant.tenantId}/${queueId}`, held);
    },
    /** After a queue's guard or notices changed: everything that waits there lines up anew. */
    lineUpAgain(tenant: Tenant, queueId: string, now: number): void {
      for (const item of tenant.lineUpAgain(queueId, now)) {
        world.due.set(dueKey(tenant.tenantId, item.id), tenant.dueOf(item, now));
      }
      armQueue(world, tenant, queueId, now);
    },
    /** After a policy changed: what waits by it gets its new place soon, in rows of bounded size. */
    outdate(tenant: Tenant, policyId: string, now: number): void {
      for (const id of tenant.nowOutdated(policyId)) world.due.set(dueKey(tenant.tenantId, id), now);
    },
    armQueue: (tenant: Tenant, queueId: string, now: number): void => armQueue(world, tenant, queueId, now),
    /** Time alone changed what an agent may be offered. */
    lookAtAgent(tenant: Tenant, agentId: string, now: number): void {
      tenant.lookAtAgent(agentId, now);
      armAgent(world, tenant, agentId, now);
    },
    setWellbeing(tenant: Tenant, next: Wellbeing, asked: Asked | undefined, now: number): void {
      const before = tenant.wellbeing();
      const held = { ...before, state: next, rev: before.rev + 1, asked: remembered(before, asked) };
      tenant.setWellbeing(held, now);
      touched('wellbeing', `${tenant.tenantId}/wellbeing`, held);
      for (const agentId of tenant.agentStates.keys()) armAgent(world, tenant, agentId, now);
      for (const queueId of tenant.queuesWithWork()) this.lineUpAgain(tenant, queueId, now);
    },
    /** Stores a resource, or deletes it. */
    setResource(
      tenant: Tenant,
      collection: keyof Tenant['held'],
      id: string,
      next: Resource | undefined,
      asked?: Asked,
    ): void {
      const map = tenant.held[collection] as Map<string, Held<Resource>>;
      const before = map.get(id) ?? fresh(next as Resource);
      const held = next && { ...before, state: next, rev: before.rev + 1, asked: remembered(before, asked) };
      putDoc(world, { collection, key: `${tenant.tenantId}/${id}`, held }, 0);
      touched(collection, `${tenant.tenantId}/${id}`, held);
    },
    keepPolicyVersion(key: string, policy: Policy): void {
      touched('policy_versions', key, fresh(policy));
    },
    decided: (decision: Decision): void => void decisions.push(decision),
    /** Remembers the answer of a request with the work or the agent it was about. */
    rememberWork(tenant: Tenant, id: string, asked: Asked, now: number): void {
      const held = tenant.work.get(id);
      if (held) setWork(tenant, { ...held, asked: remembered(held, asked) }, now);
    },
    rememberAgent(tenant: Tenant, agentId: string, asked: Asked, now: number): void {
      const held = agentOf(tenant, agentId, now);
      const next = { ...held, asked: remembered(held, asked) };
      tenant.setAgentState(agentId, next, now);
      touched('agent_states', `${tenant.tenantId}/${agentId}`, next);
    },
  };
};

export type Batch = ReturnType<typeof createBatch>;
