import { Refusal } from '@throughline/core';
import { WINDOW_OVER } from '../domain/callback';
import { basePoints, explainDecision, recordDecision, waitOf } from '../domain/decision';
import type { Estimate } from '../domain/estimate';
import { estimateWait } from '../domain/estimate';
import { noticeText } from '../domain/notice';
import type { ContactFacts, Verdict } from '../domain/plan';
import { goOn, plainRule, queuesOf, ruleFor, skipped, stepsAt, stepsInWords } from '../domain/plan';
import type { AgentEvent, Released } from '../domain/presence';
import { decidePresence, decideTake, NO_ANSWER } from '../domain/presence';
import { scoreOf } from '../domain/score';
import type { Rule } from '../domain/setup';
import { hardReasons } from '../domain/wellbeing';
import type { Placement, WorkEvent, WorkItem } from '../domain/work-item';
import { CUSTOMER_LEFT, decide, offerIdOf, ruledSince, WENT_OFFLINE } from '../domain/work-item';
import type { Batch } from './batch';
import type { Tenant } from './tenant';

const AHEAD_SHOWN = 5;
const NO_NOTICES = { firstAfterSeconds: 0, repeatSeconds: 0, position: false, estimate: false, texts: {} };

const placementOf = (
  policyId: string,
  version: number,
  rule: Rule,
  passedRules: Placement['passedRules'],
): Placement => ({
  queueId: rule.queueId,
  policyId,
  policyVersion: version,
  ruleName: rule.name,
  passedRules,
});

/** The place of waiting work, and how long it may still take; undefined when it stands in no line. */
export const standingOf = (
  tenant: Tenant,
  item: WorkItem,
  now: number,
): { position: number; estimate: Estimate } | undefined => {
  const position = tenant.matcher.position(item.id, now);
  if (position === undefined) return undefined;
  const times = tenant.handledIn(item.queueId);
  const staffed = [...tenant.agentsOfQueue(item.queueId)].filter((agentId) => {
    const state = tenant.agentStates.get(agentId)?.state;
    return state && (state.presence === 'AVAILABLE' || state.load.length > 0);
  });
  const handleSeconds = times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length);
  const estimate = estimateWait({ position, agents: staffed.length, handleSeconds, sampleSize: times.length });
  return { position, estimate };
};

const placementOfItem = ({ queueId, policyId, policyVersion, ruleName, passedRules }: WorkItem): Placement => ({
  queueId,
  policyId,
  policyVersion,
  ruleName,
  passedRules,
});

/** Where a contact waits by the policy; undefined when no rule wants it. */
export const place = (
  tenant: Tenant,
  policyId: string,
  contact: ContactFacts,
  queueId: string,
): Placement | undefined => {
  const policy = tenant.held.policies.get(policyId)?.state;
  if (!policy) return queueId ? placementOf('', 0, plainRule(queueId), []) : undefined;
  const { rule, passed } = ruleFor(policy, contact, tenant.queueFacts, queueId);
  return rule && placementOf(policyId, policy.version, rule, passed);
};

const handledMs = (item: WorkItem, at: number): number =>
  item.answeredAt > 0 ? (item.handledAt || at) - item.answeredAt : 0;

/** What happens in the agent's hands when something happens to the work. */
const agentEventsOf = (tenant: Tenant, item: WorkItem, event: WorkEvent, after: WorkItem): AgentEvent[] => {
  const { at } = event;
  const workItemId = item.id;
  const released = (why: Released): AgentEvent => ({
    type: 'released',
    at,
    workItemId,
    handledMs: handledMs(item, at),
    why,
  });
  const ended = (why: Released): AgentEvent => {
    const hard = hardReasons(after, tenant.wellbeing().state, handledMs(item, at));
    return { ...released(why), answered: true, hard } as AgentEvent;
  };
  switch (event.type) {
    case 'accepted':
      return [{ type: 'moved_on', at, workItemId, state: 'ASSIGNED' }];
    case 'handled': {
      const over = { handledMs: handledMs(item, at), byAgent: !event.byConversation };
      return [{ type: 'moved_on', at, workItemId, state: 'WRAP_UP', ended: over }];
    }
    case 'timed_out':
      // Not ready until they return: no further contact rings where nobody sits.
      return [
        released('no_answer'),
        { type: 'presence_changed', at, to: 'NOT_READY', reason: NO_ANSWER, setBy: 'system' },
      ];
    case 'declined':
      return [released('declined')];
    case 'withdrawn':
      return [released(event.reason === WENT_OFFLINE ? 'left' : 'withdrawn')];
    case 'completed':
      return [ended('completed')];
    case 'transferred':
      return [ended('transferred')];
    case 'not_reached':
      return [released('not_reached')];
    case 'not_connected':
      // No doing of theirs.
      return [released('withdrawn')];
    case 'cancelled':
      return [released('cancelled')];
    default:
      return [];
  }
};

// Only who waits on the line counts for the live service level.
const noteOutcome = (tenant: Tenant, { queueId, queuedAt, callback }: WorkItem, event: WorkEvent): void => {
  const { type, at } = event;
  if (callback) return;
  const waited = Math.max(0, at - queuedAt) / 1000;
  if (type === 'accepted') tenant.noteOutcome(queueId, at, { result: 'answered', waited });
  else if (type === 'cancelled') {
    tenant.noteOutcome(queueId, at, { result: event.reason === CUSTOMER_LEFT ? 'abandoned' : 'flow_out', waited });
  }
};

/** Applies events of work and what follows from them for the agent, together. */
export const advance = (batch: Batch, tenant: Tenant, item: WorkItem, events: readonly WorkEvent[]): WorkItem => {
  let now = item;
  for (const event of events) {
    if (event.type === 'completed') tenant.noteHandled(now.queueId, Math.max(0, event.at - now.answeredAt) / 1000);
    const before = now;
    now = batch.applyWork(tenant, item.id, [event]);
    noteOutcome(tenant, before, event);
    const { agentId } = before;
    const following = agentId ? agentEventsOf(tenant, before, event, now) : [];
    if (following.length > 0) batch.applyAgent(tenant, agentId, following, event.at);
  }
  return now;
};

/** What rules look at in work. */
export const contactOf = ({ channel, priority, language, topic, attributes, callback }: WorkItem): ContactFacts => ({
  // Rules see the channel on which the customer waited before they asked to be called back.
  channel: callback?.from ?? channel,
  priority,
  language,
  topic,
  attributes,
});

/** Gives work that waits by an outdated policy its place by the one in force. */
const placeAgain = (batch: Batch, tenant: Tenant, item: WorkItem, now: number): void => {
  const { policyId, fixedQueueId, queueId } = item;
  const contact = contactOf(item);
  const found = place(tenant, policyId, contact, fixedQueueId) ?? place(tenant, policyId, contact, queueId);
  if (!found) return;
  const rule = tenant.policyOf(item)?.rules.find(({ name }) => name === found.ruleName);
  // What a target led on stays there, if its rule still leads there.
  const stays = item.ruledAt !== undefined && rule && queuesOf(rule).includes(queueId);
  const placement = stays ? { ...found, queueId } : found;
  if (placement.queueId === queueId) batch.applyWork(tenant, item.id, [{ type: 'placed', at: now, placement }]);
  else {
    const reason = `version ${placement.policyVersion} of policy ${policyId}`;
    advance(batch, tenant, item, decide(item, { type: 'overflow', at: now, placement, reason, within: true }));
  }
};

/** Verdicts with those that are new; each is kept once. */
const noted = (verdicts: readonly Verdict[], news: readonly Verdict[]): Verdict[] => [
  ...verdicts,
  ...news.filter((one) => !verdicts.some(({ ruleName, reason }) => ruleName === one.ruleName && reason === one.reason)),
];

/** Where the wait leads work next: out of its rule by the overflow, or on to a target of it. True when it moved. */
const moveOn = (batch: Batch, tenant: Tenant, item: WorkItem, rule: Rule, now: number): boolean => {
  const { overflow } = rule;
  const waited = now - ruledSince(item);
  const passed: Verdict[] = [];
  if (overflow && waited >= overflow.afterSeconds * 1000) {
    const why = skipped(overflow.skipWhen, overflow.queueId, tenant.queueFacts);
    const to = why ? undefined : place(tenant, item.policyId, contactOf(item), overflow.queueId);
    if (to) advance(batch, tenant, item, decide(item, { type: 'overflow', at: now, placement: to }));
    if (!why) return true;
    passed.push({ ruleName: rule.name, reason: why });
  }
  const on = goOn(rule, waited, tenant.queueFacts);
  passed.unshift(...on.passed);
  const seconds = Math.round(waited / 1000);
  if (on.queueId)
    passed.push({ ruleName: rule.name, reason: `went on from ${item.queueId} to ${on.queueId} after ${seconds} s` });
  const passedRules = noted(item.passedRules, passed);
  const placement = { ...placementOfItem(item), queueId: on.queueId ?? item.queueId, passedRules };
  if (on.queueId) {
    const reason = `target of rule ${rule.name}`;
    advance(batch, tenant, item, decide(item, { type: 'overflow', at: now, placement, reason, within: true }));
    return true;
  }
  if (passedRules.length > item.passedRules.length)
    batch.applyWork(tenant, item.id, [{ type: 'placed', at: now, placement }]);
  return false;
};

/** Looks at work whose time has come: an offer ran out, a wrap-up ended, a wait reached its next step. */
export const check = (batch: Batch, tenant: Tenant, id: string, now: number): void => {
  let item = tenant.work.get(id)?.state;
  if (!item) return;
  if (item.state === 'OFFERED') advance(batch, tenant, item, decide(item, { type: 'expire', at: now }));
  else if (item.state === 'WRAP_UP') advance(batch, tenant, item, decide(item, { type: 'end_wrap_up', at: now }));
  else if (item.state === 'QUEUED') {
    const { callback } = item;
    if (callback && now >= callback.notAfter) {
      advance(batch, tenant, item, decide(item, { type: 'cancel', at: now, reason: WINDOW_OVER }));
      return;
    }
    if (tenant.isOutdated(item)) {
      placeAgain(batch, tenant, item, now);
      return;
    }
    advance(batch, tenant, item, decide(item, { type: 'check_told', at: now }));
    if ((tenant.noticeDue(item) ?? Number.POSITIVE_INFINITY) <= now) tell(batch, tenant, id, true, now);
    item = tenant.work.get(id)!.state;
    const rule = tenant.ruleOf(item);
    if (moveOn(batch, tenant, item, rule, now)) return;
    item = tenant.work.get(id)!.state;
    const steps = stepsAt(rule, now - ruledSince(item));
    const detail = stepsInWords(rule, item.relaxationSteps, steps);
    const events = decide(item, { type: 'relax', at: now, steps, detail });
    // Even without a step something may have changed: the time alone with the preferred agent, or with others.
    if (events.length > 0) advance(batch, tenant, item, events);
    else batch.applyWork(tenant, id, [{ type: 'placed', at: now, placement: placementOfItem(item) }]);
  }
};

/** Stores what a customer is told of the wait, now; `announced` when they are told without having asked. */
export const tell = (batch: Batch, tenant: Tenant, id: string, announced: boolean, now: number): void => {
  const item = tenant.work.get(id)!.state;
  const standing = standingOf(tenant, item, now);
  if (!standing) return;
  const { position, estimate } = standing;
  const notices = tenant.held.queues.get(item.queueId)?.state.notices;
  const relief = tenant.reliefFor(item.queueId);
  // The words of the guard come instead of the queue's own.
  const words = relief?.texts ? { ...(notices ?? NO_NOTICES), texts: relief.texts } : notices;
  const text = announced && words ? noticeText(words, item.language, position, estimate) : '';
  const callbackOffered = announced && relief?.offersCallback === true && item.channel === 'voice';
  const told = { at: now, queueId: item.queueId, position, estimate, announced, missedAt: 0 };
  advance(batch, tenant, item, decide(item, { type: 'tell', at: now, told, text, callbackOffered }));
};

/** Takes back what an agent was offered. */
export const withdrawOffers = (batch: Batch, tenant: Tenant, agentId: string, reason: string, now: number): void => {
  for (const { workItemId, state } of batch.agentState(tenant, agentId, now).state.load) {
    const item = tenant.work.get(workItemId)?.state;
    if (item && state === 'OFFERED') advance(batch, tenant, item, decide(item, { type: 'withdraw', at: now, reason }));
  }
};

/** Offers a contact to the agent whom the matcher found, and writes down why. */
const offer = (batch: Batch, tenant: Tenant, itemId: string, agentId: string, now: number): void => {
  const item = tenant.work.get(itemId)!.state;
  const agent = tenant.held.agents.get(agentId)!.state;
  const rule = tenant.ruleOf(item);
  const policy = tenant.policyOf(item);
  const offerId = offerIdOf(item.id, item.offerCount + 1);
  const pointsPerMinute = tenant.ageing(item);
  const score = scoreOf(basePoints(policy, rule, item.priority), pointsPerMinute, item.arrivedAt, now);
  const relief = tenant.reliefFor(item.queueId);
  const wait = waitOf(item, now, relief, tenant.wellbeing().state);
  const demand = tenant.demandOf(rule, pointsPerMinute, item.channel, wait, now);
  const ahead = tenant.matcher.firstFor(agentId, now, AHEAD_SHOWN, score);
  const decision = recordDecision({
    id: offerId,
    item,
    rule,
    policy,
    pointsPerMinute,
    wait,
    demand,
    survey: tenant.surveys.of(demand, agentId),
    agent: tenant.candidateOf(agentId)!,
    ahead,
    now,
  });
  const expiresAt = now + rule.offerTimeoutSeconds * 1000;
  const explanation = explainDecision(decision);
  const offered = decide(item, { type: 'offer', at: now, agentId, expiresAt, decisionId: offerId, explanation });
  const taken = decideTake(batch.agentState(tenant, agentId, now).state, agent, {
    workItemId: item.id,
    conversationId: item.conversationId,
    channel: item.channel,
    subject: item.subject,
    state: 'OFFERED',
    offerId,
    offerExpiresAt: expiresAt,
    since: now,
    ...(item.handover ? { handover: item.handover } : {}),
  });
  batch.decided(decision);
  batch.applyWork(tenant, itemId, offered);
  batch.applyAgent(tenant, agentId, taken, now);
};

/** Offers everything that can be offered now; gives how many. */
export const matchAll = (batch: Batch, tenant: Tenant, now: number, most: number): number =>
  tenant.matcher.match(
    now,
    ({ itemId, agentId }) => {
      offer(batch, tenant, itemId, agentId, now);
      return tenant.candidateOf(agentId)!;
    },
    most,
  ).length;

/** Sets presence; who goes offline gives back what they were offered. */
export const setPresence = (
  batch: Batch,
  tenant: Tenant,
  command: { agentId: string; to: 'OFFLINE' | 'AVAILABLE' | 'NOT_READY'; reason: string; setBy: string },
  now: number,
): void => {
  const { agentId, to, reason, setBy } = command;
  if (!tenant.held.agents.has(agentId))
    throw new Refusal('not_found', 'AGENT_NOT_FOUND', `there is no agent ${agentId}`);
  const { state } = batch.agentState(tenant, agentId, now);
  batch.applyAgent(tenant, agentId, decidePresence(state, { at: now, to, reason, setBy }), now);
  if (to === 'OFFLINE') withdrawOffers(batch, tenant, agentId, WENT_OFFLINE, now);
};
