import { invalidField, Refusal, refuseWith } from '@throughline/core';
import type { Faring } from '../domain/attend';
import { faringOf } from '../domain/attend';
import type { Callback } from '../domain/callback';
import { NOT_REACHED } from '../domain/callback';
import { unitsInTheWay, usedUnits } from '../domain/capacity';
import { checkAgent, checkPolicy, checkQueue, checkWellbeing, usedBy } from '../domain/check-setup';
import { pressingLane } from '../domain/demand';
import type { Estimate } from '../domain/estimate';
import type { GuardAction, QueueNow } from '../domain/guard';
import type { Handover } from '../domain/handover';
import type { AgentState, PresenceState } from '../domain/presence';
import { decideHardNoted, decideRested } from '../domain/presence';
import type { Agent, Kind, Policy, Priority, Queue, Resource } from '../domain/setup';
import type { Wellbeing } from '../domain/wellbeing';
import { hardReasons } from '../domain/wellbeing';
import type { Origin, WorkCommand, WorkItem } from '../domain/work-item';
import { CUSTOMER_LEFT, decide, isOpen, workOfOffer } from '../domain/work-item';
import type { Batch } from './batch';
import type { Asked, Held } from './ports';
import { advance, contactOf, place, setPresence, standingOf, tell } from './route';
import type { Tenant } from './tenant';

interface Asking {
  tenantId: string;
  /** Idempotency key; empty when the caller gave none. */
  requestId: string;
  fingerprint: string;
}

type OnWork =
  | { do: 'accept' | 'decline'; offerId: string; reason: string }
  | { do: 'complete'; workItemId: string; reason: string; skipWrapUp: boolean; hard?: boolean }
  | { do: 'cancel'; workItemId: string; reason: string }
  | { do: 'transfer'; workItemId: string; queueId: string; agentId: string; reason: string; handover: Handover };

/** Everything that can be asked of a shard, as plain data: it may travel through the inbox of another process. */
export type Command = Asking &
  (
    | { do: 'submit'; origin: Omit<Origin, 'tenantId'>; policyId: string; queueId: string; preferredAgentId: string }
    /** What a conversation says: it began, or goes `again` though its work was done. Asks for nothing when no policy wants it. */
    | { do: 'follow'; origin: Omit<Origin, 'tenantId'>; preferredAgentId: string; again: boolean; heard: number }
    /** Its conversation was passed on. Queues and agents that nobody knows are left out; work that is done begins anew. */
    | {
        do: 'conversation_transferred';
        origin: Omit<Origin, 'tenantId'>;
        queueId: string;
        agentId: string;
        reason: string;
        handover: Handover;
        heard: number;
      }
    | { do: 'conversation_over'; conversationId: string; customerLeft: boolean; reason: string; heard: number }
    /** The conversation is more or less pressing than it was. */
    | { do: 'reprioritize'; conversationId: string; priority: Priority; heard: number }
    /** An escalation asks that it be looked after elsewhere. What is in hand stays there. */
    | { do: 'reroute'; conversationId: string; queueId: string; reason: string; sequence: number; saidAt: number }
    /** Its customer said something that makes it a hard contact, maybe after it was over. */
    | { do: 'note_hard'; workItemId: string; sign: string }
    | { do: 'tell_position'; workItemId: string }
    /** The caller pressed keys. */
    | { do: 'keys_pressed'; conversationId: string; digits: string }
    /** The call could not be connected to who accepted this offer. */
    | { do: 'not_connected'; conversationId: string; offerId: string }
    /** Queues as they are now; all when none is named. */
    | { do: 'look_at_queues'; queueIds: string[] }
    /** Calls back instead of having somebody wait on the line, or as the new work `origin`. */
    | {
        do: 'callback';
        workItemId: string;
        callback: Callback;
        origin: Omit<Origin, 'tenantId'>;
        policyId: string;
        queueId: string;
      }
    | { do: 'set_presence'; agentId: string; to: PresenceState; reason: string; setBy: string }
    | { do: 'end_cool_down'; agentId: string }
    | { do: 'set_wellbeing'; wellbeing: Wellbeing }
    | { do: 'create'; kind: Kind; resource: Resource }
    | { do: 'update'; kind: Kind; id: string; fields: Record<string, unknown>; version: number }
    | { do: 'delete'; kind: Kind; id: string }
    | OnWork
  );

export interface WorkView {
  item: WorkItem;
  rev: number;
}

export interface AgentView {
  faring: Faring;
  state: AgentState;
  rev: number;
  usedUnits: number;
  capacityUnits: number;
  open: string[];
}

export interface PositionView {
  position: number;
  waitedSeconds: number;
  estimate: Estimate;
}

export interface QueueView extends QueueNow {
  queueId: string;
  callbacks: number;
  available: number;
  signedIn: number;
  busy: number;
  actions: GuardAction[];
}

const singular: Record<Kind, string> = {
  skills: 'skill',
  teams: 'team',
  queues: 'queue',
  agents: 'agent',
  policies: 'routing_policy',
};
const reasonOf = (kind: Kind, what: string): string =>
  `${kind === 'policies' ? 'POLICY' : singular[kind].toUpperCase()}_${what}`;

export const notFound = (kind: Kind | 'work_items' | 'decisions', id: string): Refusal => {
  const name =
    kind === 'work_items' ? 'work item' : kind === 'decisions' ? 'decision' : singular[kind].replace('_', ' ');
  const reason =
    kind === 'work_items'
      ? 'WORK_ITEM_NOT_FOUND'
      : kind === 'decisions'
        ? 'DECISION_NOT_FOUND'
        : reasonOf(kind, 'NOT_FOUND');
  return new Refusal('not_found', reason, `there is no ${name} ${id}`);
};

// Lanes of pressing contacts are no channels.
const isChannel = (lane: string): boolean => !lane.endsWith(pressingLane(''));

export const agentView = (tenant: Tenant, agentId: string, held: Held<AgentState>, now: number): AgentView => {
  const agent = tenant.held.agents.get(agentId)?.state;
  if (!agent) throw notFound('agents', agentId);
  return {
    faring: faringOf(held.state, tenant.wellbeing().state, now),
    state: held.state,
    rev: held.rev,
    usedUnits: usedUnits(held.state.load),
    capacityUnits: agent.capacityUnits,
    open: (tenant.candidateOf(agentId)?.open ?? []).filter(isChannel),
  };
};

const changedMeanwhile = (version: number): Refusal =>
  new Refusal('conflict', 'CHANGED_MEANWHILE', `version is ${version} by now`, {
    metadata: { version: String(version) },
  });

const checked = (kind: Kind, resource: Resource, tenant: Tenant): void => {
  const { held } = tenant;
  const violations =
    kind === 'agents'
      ? checkAgent(resource as Agent, held)
      : kind === 'policies'
        ? checkPolicy(resource as Policy, held)
        : kind === 'queues'
          ? checkQueue(resource as Queue, held)
          : [];
  refuseWith(violations);
};

const earlier = (held: { asked: Asked[] } | undefined, command: Asking & { do: string }): Asked | undefined => {
  if (!held || command.requestId === '') return undefined;
  const found = held.asked.find(({ id }) => id === `${command.do}/${command.requestId}`);
  if (found && found.fingerprint !== command.fingerprint) {
    throw new Refusal('precondition', 'IDEMPOTENCY_KEY_REUSED', 'this request id was used with another request');
  }
  return found;
};

const asked = (command: Asking & { do: string }, result: unknown): Asked | undefined =>
  command.requestId === ''
    ? undefined
    : { id: `${command.do}/${command.requestId}`, fingerprint: command.fingerprint, result };

const workId = (command: OnWork): string => ('offerId' in command ? workOfOffer(command.offerId) : command.workItemId);

/** Ids of work that a command may be about: what has ended is fetched before it runs. */
export const workNamed = (command: Command): string[] => {
  switch (command.do) {
    case 'submit':
    case 'follow':
    case 'conversation_transferred':
      return [command.origin.id];
    case 'callback':
      return [command.workItemId || command.origin.id];
    case 'tell_position':
    case 'note_hard':
      return [command.workItemId];
    case 'accept':
    case 'decline':
    case 'complete':
    case 'cancel':
    case 'transfer':
      return [workId(command)];
    default:
      return [];
  }
};

const submit = (
  batch: Batch,
  tenant: Tenant,
  command: Command & { do: 'submit' | 'follow' },
  now: number,
): Held<WorkItem> | undefined => {
  const { origin, preferredAgentId } = command;
  const policyId = command.do === 'submit' ? command.policyId || 'default' : 'default';
  const queueId = command.do === 'submit' ? command.queueId : '';
  if (command.do === 'submit') {
    if (queueId && !tenant.held.queues.has(queueId)) throw notFound('queues', queueId);
    if (preferredAgentId && !tenant.held.agents.has(preferredAgentId)) throw notFound('agents', preferredAgentId);
    if (!tenant.held.policies.has(policyId) && (command.policyId || !queueId)) throw notFound('policies', policyId);
    if (origin.arrivedAt > now + 60_000) throw invalidField('arrived_at', 'past', 'lies in the future');
  }
  const placement = place(tenant, policyId, origin, queueId);
  if (!placement) {
    if (command.do === 'follow') return undefined;
    throw new Refusal('precondition', 'NO_RULE_MATCHES', `no rule of policy ${policyId} matches this contact`);
  }
  const known = preferredAgentId && tenant.held.agents.has(preferredAgentId) ? preferredAgentId : '';
  const full: Origin = { ...origin, tenantId: tenant.tenantId };
  batch.applyWork(tenant, origin.id, [
    {
      type: 'queued',
      at: now,
      origin: full,
      placement,
      fixedQueueId: queueId,
      preferredAgentId: known,
      heard: command.do === 'follow' ? command.heard : 0,
    },
  ]);
  return tenant.work.get(origin.id);
};

const workCommand = (tenant: Tenant, item: WorkItem, command: OnWork, now: number): WorkCommand => {
  switch (command.do) {
    case 'accept':
      return {
        type: 'accept',
        at: now,
        offerId: command.offerId,
        connectTo: tenant.held.agents.get(item.agentId)?.state.callAddress,
      };
    case 'decline':
      return { type: 'decline', at: now, offerId: command.offerId, reason: command.reason };
    case 'cancel':
      return { type: 'cancel', at: now, reason: command.reason };
    case 'complete': {
      const wrapUpSeconds = command.skipWrapUp ? 0 : tenant.ruleOf(item).wrapUpSeconds;
      return { type: 'complete', at: now, reason: command.reason, wrapUpSeconds, hard: command.hard };
    }
    case 'transfer': {
      const { queueId, agentId, reason, handover } = command;
      if (queueId && !tenant.held.queues.has(queueId)) throw notFound('queues', queueId);
      if (agentId && !tenant.held.agents.has(agentId)) throw notFound('agents', agentId);
      if (!queueId && !agentId) throw invalidField('queue_id', 'required', 'name a queue or an agent');
      if (agentId && agentId === item.agentId) throw invalidField('agent_id', 'other', 'has the contact already');
      const placement = place(tenant, item.policyId, contactOf(item), queueId || item.queueId)!;
      return { type: 'transfer', at: now, placement, toAgentId: agentId, reason, handover };
    }
  }
};

const onWork = (batch: Batch, tenant: Tenant, command: Asking & OnWork, now: number): WorkView => {
  const id = workId(command);
  const held = batch.work(tenant, id);
  if (!held) {
    if ('offerId' in command) throw new Refusal('not_found', 'OFFER_NOT_FOUND', `there is no offer ${command.offerId}`);
    throw notFound('work_items', id);
  }
  const again = earlier(held, command);
  if (again) return again.result as WorkView;
  const events = decide(held.state, workCommand(tenant, held.state, command, now));
  if (events.length === 0) return { item: held.state, rev: held.rev };
  const item = advance(batch, tenant, held.state, events);
  const view = { item, rev: tenant.work.get(id)!.rev };
  const remember = asked(command, view);
  if (remember) batch.rememberWork(tenant, id, remember, now);
  return view;
};

const conversationOver = (
  batch: Batch,
  tenant: Tenant,
  command: Command & { do: 'conversation_over' },
  now: number,
): void => {
  const item = tenant.ofConversation(command.conversationId);
  // Who asked to be called back hangs up: the place in line stays.
  if (item?.callback && command.customerLeft) return;
  if (!item || !isOpen(item) || item.state === 'WRAP_UP' || command.heard <= (item.heard ?? 0)) return;
  const reason = command.customerLeft ? CUSTOMER_LEFT : command.reason;
  const { wrapUpSeconds } = tenant.ruleOf(item);
  const over: WorkCommand =
    item.state === 'ASSIGNED'
      ? { type: 'complete', at: now, reason: command.reason, wrapUpSeconds, byConversation: true }
      : { type: 'cancel', at: now, reason };
  advance(batch, tenant, item, decide(item, over));
};

const tellPosition = (batch: Batch, tenant: Tenant, workItemId: string, now: number): PositionView => {
  const item = batch.work(tenant, workItemId)?.state;
  if (!item) throw notFound('work_items', workItemId);
  const standing = tenant.work.has(workItemId) ? standingOf(tenant, item, now) : undefined;
  if (!standing) {
    const until = item.state === 'QUEUED' && item.callback ? new Date(item.callback.nextAt).toISOString() : '';
    const how = until ? `a callback from ${until} on` : item.state.toLowerCase();
    throw new Refusal('precondition', 'WORK_ITEM_NOT_WAITING', `work item ${workItemId} is ${how}`);
  }
  tell(batch, tenant, workItemId, false, now);
  return { ...standing, waitedSeconds: (now - item.arrivedAt) / 1000 };
};

const requestCallback = (
  batch: Batch,
  tenant: Tenant,
  command: Command & { do: 'callback' },
  now: number,
): WorkView => {
  const id = command.workItemId || command.origin.id;
  const held = batch.work(tenant, id);
  const again = earlier(held, command);
  if (again) return again.result as WorkView;
  if (command.workItemId && !held) throw notFound('work_items', id);
  const { notBefore, notAfter } = command.callback;
  if (notAfter <= Math.max(now, notBefore)) {
    throw invalidField('not_after', 'order', 'must lie ahead, and after `not_before`');
  }
  if (!command.workItemId) {
    if (held) throw new Refusal('already_exists', 'WORK_ITEM_EXISTS', `work item ${id} exists already`);
    submit(batch, tenant, { ...command, do: 'submit', preferredAgentId: '' }, now);
  }
  const item = batch.work(tenant, id)!.state;
  const callback: Callback = {
    ...command.callback,
    attempts: item.callback?.attempts ?? 0,
    from: item.callback?.from ?? item.channel,
  };
  advance(batch, tenant, item, decide(item, { type: 'request_callback', at: now, callback }));
  const { state, rev } = tenant.work.get(id)!;
  const view = { item: state, rev };
  const remember = asked(command, view);
  if (remember) batch.rememberWork(tenant, id, remember, now);
  return view;
};

/** The key by which a caller asks to be called back. */
const CALLBACK_KEY = '1';
const PRESSED = { attempts: 0, maxAttempts: 3, retrySeconds: 600, from: 'voice' };

const keysPressed = (batch: Batch, tenant: Tenant, conversationId: string, digits: string, now: number): void => {
  const item = tenant.ofConversation(conversationId);
  const [type, phone = ''] = item?.contactPoint.split(':') ?? [];
  if (item?.state !== 'QUEUED' || !item.callbackOffered || item.callback || digits !== CALLBACK_KEY) return;
  if (type !== 'phone') return;
  const callback = { ...PRESSED, phone, notBefore: now, nextAt: now, notAfter: now + 86_400_000 };
  advance(batch, tenant, item, decide(item, { type: 'request_callback', at: now, callback }));
};

/** A call goes back into its line; a callback has used up one attempt. */
const notConnected = (batch: Batch, tenant: Tenant, command: Command & { do: 'not_connected' }, now: number): void => {
  const { conversationId, offerId } = command;
  const item = tenant.ofConversation(conversationId);
  if (item?.state !== 'ASSIGNED' || item.offerId !== offerId) return;
  const back: WorkCommand = item.callback
    ? { type: 'complete', at: now, reason: NOT_REACHED, wrapUpSeconds: 0 }
    : { type: 'not_connected', at: now, offerId };
  advance(batch, tenant, item, decide(item, back));
};

const conversationTransferred = (
  batch: Batch,
  tenant: Tenant,
  command: Command & { do: 'conversation_transferred' },
  now: number,
): void => {
  const { origin, reason, handover, heard } = command;
  const queueId = tenant.held.queues.has(command.queueId) ? command.queueId : '';
  const toAgentId = tenant.held.agents.has(command.agentId) ? command.agentId : '';
  let item = tenant.ofConversation(origin.conversationId);
  if (batch.work(tenant, origin.id) || heard <= (item?.heard ?? 0)) return;
  if (item?.state === 'OFFERED') {
    item = advance(batch, tenant, item, decide(item, { type: 'withdraw', at: now, reason: 'passed on' }));
  }
  if (item && (item.state === 'QUEUED' || item.state === 'ASSIGNED')) {
    const placement = place(tenant, item.policyId, contactOf(item), queueId || item.queueId)!;
    const type = item.state === 'QUEUED' ? 'move' : 'transfer';
    advance(batch, tenant, item, decide(item, { type, at: now, placement, toAgentId, reason, handover, heard }));
    return;
  }
  const placement = place(tenant, 'default', origin, queueId);
  if (!placement) return;
  const full: Origin = { ...origin, tenantId: tenant.tenantId };
  batch.applyWork(tenant, origin.id, [
    {
      type: 'queued',
      at: now,
      origin: full,
      placement,
      fixedQueueId: queueId,
      preferredAgentId: toAgentId,
      handover,
      heard,
    },
  ]);
};

/** What waits gets its new place in the same queue; what is in hand needs none. */
const reprioritize = (batch: Batch, tenant: Tenant, command: Command & { do: 'reprioritize' }, now: number): void => {
  const { priority, heard } = command;
  const item = tenant.ofConversation(command.conversationId);
  if (!item || heard <= (item.heard ?? 0) || item.priority === priority) return;
  if (item.state !== 'QUEUED' && item.state !== 'OFFERED') return;
  const placement = place(tenant, item.policyId, { ...item, priority }, item.queueId);
  if (placement) batch.applyWork(tenant, item.id, [{ type: 'placed', at: now, placement, priority, heard }]);
};

/** Moves what waits to the queue of an escalation step, each step once; unknown queues and later work are left alone. */
const reroute = (batch: Batch, tenant: Tenant, command: Command & { do: 'reroute' }, now: number): void => {
  const { queueId, reason, sequence: escalated } = command;
  let item = tenant.ofConversation(command.conversationId);
  if (!item || escalated <= (item.escalated ?? 0) || command.saidAt < item.arrivedAt) return;
  if (!tenant.held.queues.has(queueId)) return;
  if (item.state === 'OFFERED' && item.queueId !== queueId) {
    item = advance(batch, tenant, item, decide(item, { type: 'withdraw', at: now, reason: 'escalated' }));
  }
  if (item.state !== 'QUEUED') return;
  const placement = place(tenant, item.policyId, item, queueId);
  if (!placement) return;
  if (item.queueId === queueId) batch.applyWork(tenant, item.id, [{ type: 'placed', at: now, placement, escalated }]);
  else advance(batch, tenant, item, decide(item, { type: 'overflow', at: now, placement, escalated, reason }));
};

const keepVersion = (batch: Batch, tenant: Tenant, policy: Policy, now: number): void => {
  batch.keepPolicyVersion(`${tenant.tenantId}/${policy.id}/${policy.version}`, policy);
  batch.outdate(tenant, policy.id, now);
};

const setResource = (
  batch: Batch,
  tenant: Tenant,
  kind: Kind,
  command: Asking & { do: string },
  next: Resource,
  now: number,
): Resource => {
  checked(kind, next, tenant);
  batch.setResource(tenant, kind, next.id, next, asked(command, next));
  if (kind === 'policies') keepVersion(batch, tenant, next as Policy, now);
  if (kind === 'queues') batch.lineUpAgain(tenant, next.id, now);
  return next;
};

const remove = (batch: Batch, tenant: Tenant, kind: Kind, id: string, now: number): void => {
  if (!tenant.held[kind].has(id)) throw notFound(kind, id);
  const user = usedBy(kind, id, tenant.setup());
  const inUse = (by: string): never => {
    throw new Refusal('precondition', reasonOf(kind, 'IN_USE'), `${id} is used by ${by}`);
  };
  if (user) inUse(user);
  for (const { state } of tenant.work.values()) {
    if (!isOpen(state)) continue;
    if ((kind === 'queues' && state.queueId === id) || (kind === 'policies' && state.policyId === id))
      inUse(`work item ${state.id}`);
  }
  if (kind === 'agents') {
    if (batch.agentState(tenant, id, now).state.load.length > 0) {
      throw new Refusal('precondition', 'AGENT_HAS_WORK', `agent ${id} has offers or contacts in hand`);
    }
    setPresence(batch, tenant, { agentId: id, to: 'OFFLINE', reason: '', setBy: 'system' }, now);
  }
  batch.setResource(tenant, kind, id, undefined);
};

const create = (batch: Batch, tenant: Tenant, command: Command & { do: 'create' }, now: number): Resource => {
  const { kind, resource } = command;
  const held = tenant.held[kind].get(resource.id);
  const again = earlier(held, command);
  if (again) return again.result as Resource;
  if (held)
    throw new Refusal('already_exists', reasonOf(kind, 'EXISTS'), `${singular[kind]} ${resource.id} exists already`);
  return setResource(batch, tenant, kind, command, { ...resource, version: 1 }, now);
};

const update = (batch: Batch, tenant: Tenant, command: Command & { do: 'update' }, now: number): Resource => {
  const { kind, id } = command;
  const held = tenant.held[kind].get(id);
  if (!held) throw notFound(kind, id);
  const again = earlier(held, command);
  if (again) return again.result as Resource;
  const { version } = held.state;
  if (command.version > 0 && command.version !== version) {
    throw changedMeanwhile(version);
  }
  const next = { ...held.state, ...command.fields, id, version: version + 1 } as Resource;
  if (kind === 'agents') {
    const { load } = batch.agentState(tenant, id, now).state;
    const agent = next as Agent;
    const tight = load.find(({ channel }) => unitsInTheWay(agent, load, channel) > agent.capacityUnits);
    if (tight) throw new Refusal('precondition', 'AGENT_OVER_CAPACITY', `agent ${id} has more in hand than that`);
  }
  return setResource(batch, tenant, kind, command, next, now);
};

const endCoolDown = (
  batch: Batch,
  tenant: Tenant,
  command: Command & { do: 'end_cool_down' },
  now: number,
): AgentView => {
  const { agentId } = command;
  if (!tenant.held.agents.has(agentId)) throw notFound('agents', agentId);
  batch.applyAgent(tenant, agentId, decideRested(batch.agentState(tenant, agentId, now).state, now), now);
  return agentView(tenant, agentId, batch.agentState(tenant, agentId, now), now);
};

const setWellbeing = (
  batch: Batch,
  tenant: Tenant,
  command: Command & { do: 'set_wellbeing' },
  now: number,
): Wellbeing => {
  const held = tenant.wellbeing();
  const again = earlier(held, command);
  if (again) return again.result as Wellbeing;
  const { version } = held.state;
  if (command.wellbeing.version > 0 && command.wellbeing.version !== version) throw changedMeanwhile(version);
  const next = { ...command.wellbeing, version: version + 1 };
  refuseWith(checkWellbeing(next));
  batch.setWellbeing(tenant, next, asked(command, next), now);
  return next;
};

const noteHard = (batch: Batch, tenant: Tenant, command: Command & { do: 'note_hard' }, now: number): void => {
  const { workItemId, sign } = command;
  const item = batch.work(tenant, workItemId)?.state;
  const rules = tenant.wellbeing().state;
  if (!item || !rules.hard?.feedback || item.hardSigns?.includes(sign)) return;
  if (isOpen(item)) {
    batch.applyWork(tenant, workItemId, [{ type: 'signed', at: now, sign }]);
    return;
  }
  // It counted as hard already when it ended, or nobody had it.
  const handledMs = (item.handledAt || item.endedAt) - item.answeredAt;
  if (item.answeredAt === 0 || hardReasons(item, rules, handledMs).length > 0) return;
  if (!tenant.held.agents.has(item.agentId)) return;
  const { state } = batch.agentState(tenant, item.agentId, now);
  batch.applyAgent(tenant, item.agentId, decideHardNoted(state, workItemId, now), now);
};

const queuesNow = (tenant: Tenant, queueIds: string[], now: number): QueueView[] => {
  const missing = queueIds.find((id) => !tenant.held.queues.has(id));
  if (missing !== undefined) throw notFound('queues', missing);
  const ids = queueIds.length > 0 ? [...new Set(queueIds)] : [...tenant.held.queues.keys()];
  return ids.map((queueId) => {
    const agents = [...tenant.agentsOfQueue(queueId)].flatMap((id) => tenant.agentStates.get(id)?.state ?? []);
    const steps = tenant.held.queues.get(queueId)!.state.guard?.steps ?? [];
    return {
      ...tenant.queueNow(queueId, now),
      queueId,
      callbacks: tenant.callbacksIn(queueId),
      available: agents.filter(({ presence }) => presence === 'AVAILABLE').length,
      signedIn: agents.filter(({ presence }) => presence !== 'OFFLINE').length,
      busy: agents.filter(({ load }) => load.length > 0).length,
      actions: steps.slice(0, tenant.queueState(queueId).state.taken).map(({ action }) => action),
    };
  });
};

/** Runs one command against the memory of its tenant. Throws a refusal before it changes anything, or changes everything. */
export const run = (batch: Batch, tenant: Tenant, command: Command, now: number): unknown => {
  switch (command.do) {
    case 'submit':
    case 'follow': {
      const held = batch.work(tenant, command.origin.id);
      const again = command.do === 'submit' ? earlier(held, command) : undefined;
      if (again) return again.result;
      if (held && command.do === 'submit') {
        throw new Refusal('already_exists', 'WORK_ITEM_EXISTS', `work item ${command.origin.id} exists already`);
      }
      const latest = command.do === 'follow' ? tenant.ofConversation(command.origin.conversationId) : undefined;
      // In the wrap-up the contact is over: who writes again begins a new one.
      if (held || (latest && isOpen(latest) && latest.state !== 'WRAP_UP')) return undefined;
      const made = submit(batch, tenant, command, now);
      const view = made && { item: made.state, rev: made.rev };
      const remember = command.do === 'submit' ? asked(command, view) : undefined;
      if (remember) batch.rememberWork(tenant, command.origin.id, remember, now);
      return view;
    }
    case 'conversation_over':
      return conversationOver(batch, tenant, command, now);
    case 'conversation_transferred':
      return conversationTransferred(batch, tenant, command, now);
    case 'reprioritize':
      return reprioritize(batch, tenant, command, now);
    case 'reroute':
      return reroute(batch, tenant, command, now);
    case 'note_hard':
      return noteHard(batch, tenant, command, now);
    case 'tell_position':
      return tellPosition(batch, tenant, command.workItemId, now);
    case 'keys_pressed':
      return keysPressed(batch, tenant, command.conversationId, command.digits, now);
    case 'not_connected':
      return notConnected(batch, tenant, command, now);
    case 'look_at_queues':
      return queuesNow(tenant, command.queueIds, now);
    case 'callback':
      return requestCallback(batch, tenant, command, now);
    case 'set_presence': {
      const again = earlier(tenant.agentStates.get(command.agentId), command);
      if (again) return again.result;
      setPresence(batch, tenant, command, now);
      const view = agentView(tenant, command.agentId, batch.agentState(tenant, command.agentId, now), now);
      const remember = asked(command, view);
      if (remember) batch.rememberAgent(tenant, command.agentId, remember, now);
      return view;
    }
    case 'end_cool_down':
      return endCoolDown(batch, tenant, command, now);
    case 'set_wellbeing':
      return setWellbeing(batch, tenant, command, now);
    case 'create':
      return create(batch, tenant, command, now);
    case 'update':
      return update(batch, tenant, command, now);
    case 'delete':
      return remove(batch, tenant, command.kind, command.id, now);
    default:
      return onWork(batch, tenant, command, now);
  }
};
