import { hardLately, nextLook, restOf } from '../domain/attend';
import { isHeld, nextOfCallback } from '../domain/callback';
import { roomFor, usedUnits } from '../domain/capacity';
import { basePoints, ruleNamed, waitOf } from '../domain/decision';
import type { Candidate } from '../domain/demand';
import { pressingLane } from '../domain/demand';
import type { QueueNow, QueueState, Relief } from '../domain/guard';
import { newQueueState, nextGuardLook, reliefOf } from '../domain/guard';
import type { QueueHistory } from '../domain/history';
import { createMatcher } from '../domain/matcher/matcher';
import { nextNotice } from '../domain/notice';
import type { QueueFacts } from '../domain/plan';
import { nextChange, plainRule, ruleAt } from '../domain/plan';
import type { AgentState } from '../domain/presence';
import { standing } from '../domain/score';
import type { Outcome } from '../domain/service-level';
import { countOutcomes, serviceLevels } from '../domain/service-level';
import type { Agent, Policy, Queue, Rule, Skill, Team } from '../domain/setup';
import { nextMiss } from '../domain/told';
import type { Wellbeing } from '../domain/wellbeing';
import { usualWellbeing } from '../domain/wellbeing';
import type { WorkItem } from '../domain/work-item';
import { createDemands } from './demands';
import { createDue } from './due';
import type { Held } from './ports';
import { createSurveys } from './surveys';

const nobody: ReadonlySet<string> = new Set();
/** Ageing of work that no policy speaks of. */
const PLAIN_AGEING = 1;
/** Channels on which a waiting customer can be told something. */
const NOTICED = new Set(['voice', 'chat']);
const usualChannels = ['voice', 'chat', 'email', 'sms', 'callback'];

/** How far back the live service level looks. */
export const LIVE_MS = 15 * 60_000;
export const LIVE_MOST = 5_000;
/** Handle times that an estimate rests on. */
export const HANDLED_MOST = 50;
/** A guard looks at its queue so often at most. */
const GUARD_MS = 1_000;

/** Who waits in one queue: all of them, and those on the line by when they came. */
interface Waiters {
  ids: Set<string>;
  onLine: ReturnType<typeof createDue>;
  callbacks: number;
}

const bump = (counts: Map<string, number>, key: string, by: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + by);
};

const states = <S>(held: ReadonlyMap<string, Held<S>>): ReadonlyMap<string, S> =>
  new Map([...held].map(([id, { state }]) => [id, state]));

/** One tenant's routing in memory, kept consistent with its matcher through the setters below. */
export const createTenant = (tenantId: string) => {
  const work = new Map<string, Held<WorkItem>>();
  const agentStates = new Map<string, Held<AgentState>>();
  const skills = new Map<string, Held<Skill>>();
  const teams = new Map<string, Held<Team>>();
  const queues = new Map<string, Held<Queue>>();
  const agents = new Map<string, Held<Agent>>();
  const policies = new Map<string, Held<Policy>>();
  const matcher = createMatcher();
  // Each decision looks at many agents: they are put together when they change, not when they are looked at.
  const candidates = new Map<string, Candidate>();
  const demandOf = createDemands();
  const channels = new Set(usualChannels);
  const skillsOf = new Map<string, { version: number; skills: Record<string, number> }>();
  const agentsOf = new Map<string, Set<string>>();
  const workOf = new Map<string, string>();
  const waiting = new Map<string, number>();
  const signedIn = new Map<string, number>();
  const handled = new Map<string, number[]>();
  const queueStates = new Map<string, Held<QueueState>>();
  const waiters = new Map<string, Waiters>();
  const live = new Map<string, (Outcome & { at: number })[]>();
  const guardLooked = new Map<string, number>();
  let wellbeing: Held<Wellbeing> = { state: usualWellbeing, rev: 0, eventSeq: 0, asked: [] };
  // The latest moment that anything happened at: who rests is a matter of time.
  let seenAt = 0;

  const policyOf = (item: WorkItem): Policy | undefined => policies.get(item.policyId)?.state;
  const plainRules = new Map<string, Rule>();
  const plainRuleOf = (queueId: string): Rule => {
    let rule = plainRules.get(queueId);
    if (!rule) {
      rule = plainRule(queueId);
      plainRules.set(queueId, rule);
    }
    return rule;
  };
  // Contacts of a rule and queue share one object, by which their demands are found.
  const rulesAt = new WeakMap<Rule, Map<string, Rule | undefined>>();
  const ruleIn = (rule: Rule, queueId: string): Rule | undefined => {
    if (rule.queueId === queueId) return rule;
    let kept = rulesAt.get(rule);
    if (!kept) {
      kept = new Map();
      rulesAt.set(rule, kept);
    }
    if (!kept.has(queueId)) kept.set(queueId, ruleAt(rule, queueId));
    return kept.get(queueId);
  };
  const known = { plain: plainRuleOf, at: ruleIn };
  const ruleOf = (item: WorkItem): Rule => ruleNamed(policyOf(item), item.ruleName, item.queueId, known);
  /** It waits by a version of its policy that is no longer the one in force. */
  const isOutdated = (item: WorkItem): boolean => {
    const policy = policyOf(item);
    return item.state === 'QUEUED' && policy !== undefined && policy.version !== item.policyVersion;
  };
  const outdated = new Set<string>();
  const ageing = (item: WorkItem): number => policyOf(item)?.ageingPointsPerMinute ?? PLAIN_AGEING;

  const guardOf = (queueId: string) => queues.get(queueId)?.state.guard;
  const reliefFor = (queueId: string): Relief | undefined => {
    const guard = guardOf(queueId);
    return guard && reliefOf(queueStates.get(queueId)?.state, guard);
  };
  const waitersOf = (queueId: string): Waiters => {
    let found = waiters.get(queueId);
    if (!found) {
      found = { ids: new Set(), onLine: createDue(), callbacks: 0 };
      waiters.set(queueId, found);
    }
    return found;
  };
  const enter = ({ id, queueId, callback, queuedAt }: WorkItem): void => {
    const queue = waitersOf(queueId);
    queue.ids.add(id);
    if (callback) queue.callbacks++;
    else queue.onLine.set(id, queuedAt);
  };
  const leave = ({ id, queueId, callback }: WorkItem): void => {
    const queue = waitersOf(queueId);
    queue.ids.delete(id);
    if (callback) queue.callbacks--;
    else queue.onLine.set(id, undefined);
  };

  const asCandidate = (agentId: string): Candidate | undefined => {
    const agent = agents.get(agentId)?.state;
    const state = agentStates.get(agentId)?.state;
    if (!agent || !state) return undefined;
    let known = skillsOf.get(agentId);
    if (known?.version !== agent.version) {
      const own = Object.fromEntries(agent.skills.map(({ skillId, proficiency }) => [skillId, proficiency]));
      known = { version: agent.version, skills: own };
      skillsOf.set(agentId, known);
    }
    const room = state.presence === 'AVAILABLE' ? roomFor(agent, state.load, channels) : [];
    const rules = wellbeing.state;
    const rest = room.length > 0 ? restOf(state, rules, seenAt) : undefined;
    const givesWay = rules.ceiling?.givesWayAfterSeconds && rest?.why !== 'COOL_DOWN';
    // All of one shape, written out: the matcher and the surveys read it for every agent again and again.
    return {
      agentId,
      queueIds: agent.queueIds,
      skills: known.skills,
      open: givesWay ? [...(rest ? [] : room), ...room.map(pressingLane)] : rest ? [] : room,
      idleSince: state.idleSince,
      occupancy: usedUnits(state.load) / agent.capacityUnits,
      presence: state.presence,
      reason: state.reason,
      rest,
      hardLately: state.hard && hardLately(state, rules, seenAt),
    };
  };
  const saw = (now: number): void => {
    seenAt = Math.max(seenAt, now);
  };
  const agentsOfQueue = (queueId: string): ReadonlySet<string> => agentsOf.get(queueId) ?? nobody;
  const surveys = createSurveys({ candidateOf: (agentId) => candidates.get(agentId), agentsOfQueue });
  const refresh = (agentId: string): void => {
    surveys.changed(agentId);
    const candidate = asCandidate(agentId);
    if (candidate) candidates.set(agentId, candidate);
    else candidates.delete(agentId);
    if (candidate) matcher.setAgent(candidate);
    else matcher.removeAgent(agentId);
  };
  const meetChannel = (channel: string): void => {
    if (channels.has(channel)) return;
    channels.add(channel);
    for (const id of agents.keys()) refresh(id);
  };
  const line = (item: WorkItem, now: number): void => {
    const rule = ruleOf(item);
    const base = basePoints(policyOf(item), rule, item.priority);
    matcher.add({
      id: item.id,
      demand: demandOf(
        rule,
        ageing(item),
        item.channel,
        waitOf(item, now, reliefFor(item.queueId), wellbeing.state),
        now,
      ),
      standing: standing(base, ageing(item), item.arrivedAt),
    });
  };
  const noticeDue = (item: WorkItem): number | undefined => {
    if (!item.threadKey || item.callback || !NOTICED.has(item.channel)) return undefined;
    const { queuedAt, noticedAt = 0 } = item;
    const relief = reliefFor(item.queueId);
    const since = relief?.texts ? Math.max(relief.textsSince, queuedAt) : 0;
    if (noticedAt < since) return since;
    return nextNotice(queues.get(item.queueId)?.state.notices, queuedAt, noticedAt);
  };
  const countSignedIn = (agentId: string, by: number): void => {
    const on = agentStates.get(agentId)?.state.presence;
    if (on && on !== 'OFFLINE') for (const id of agents.get(agentId)?.state.queueIds ?? []) bump(signedIn, id, by);
  };
  const queueFacts: QueueFacts = {
    signedIn: (queueId) => signedIn.get(queueId) ?? 0,
    waiting: (queueId) => waiting.get(queueId) ?? 0,
  };

  return {
    tenantId,
    matcher,
    work,
    agentStates,
    held: { skills, teams, queues, agents, policies },
    /** The set-up as the rules look at it. */
    setup: () => ({
      skills: states(skills),
      teams: states(teams),
      queues: states(queues),
      agents: states(agents),
      policies: states(policies),
    }),
    queueFacts,
    policyOf,
    ruleOf,
    ageing,
    /** The agent as the matcher knows it. */
    candidateOf: (agentId: string): Candidate | undefined => candidates.get(agentId),
    wellbeing: (): Held<Wellbeing> => wellbeing,
    /** Other rules of wellbeing: everybody who serves is looked at again. What waits must line up again as well. */
    setWellbeing(held: Held<Wellbeing>, now: number): void {
      saw(now);
      wellbeing = held;
      for (const id of agents.keys()) refresh(id);
    },
    /** When an agent must be looked at again though nothing happens to them. */
    agentDue(agentId: string, now: number): number | undefined {
      const state = agentStates.get(agentId)?.state;
      return state && nextLook(state, wellbeing.state, now);
    },
    lookAtAgent(agentId: string, now: number): void {
      saw(now);
      refresh(agentId);
    },
    queuesWithWork: (): string[] => [...waiters].flatMap(([id, { ids }]) => (ids.size > 0 ? [id] : [])),
    /** When the customer is told next where they stand. */
    noticeDue,
    agentsOfQueue,
    surveys,
    demandOf,
    /** The latest work of a conversation that is in memory. */
    ofConversation: (conversationId: string): WorkItem | undefined => work.get(workOf.get(conversationId) ?? '')?.state,
    /** Puts work where it belongs: into its line while it waits, out of it otherwise. Dropped when undefined. */
    setWork(id: string, held: Held<WorkItem> | undefined, now: number): void {
      const before = work.get(id)?.state;
      if (before?.state === 'QUEUED') {
        bump(waiting, before.queueId, -1);
        leave(before);
      }
      const conversation = (held?.state ?? before)?.conversationId ?? '';
      if (!held) {
        work.delete(id);
        if (workOf.get(conversation) === id) workOf.delete(conversation);
      } else {
        work.set(id, held);
        if (conversation) workOf.set(conversation, id);
      }
      if (held && isOutdated(held.state)) outdated.add(id);
      else outdated.delete(id);
      if (held?.state.state === 'QUEUED') {
        meetChannel(held.state.channel);
        bump(waiting, held.state.queueId, 1);
        enter(held.state);
        // Before its window opens a callback is offered to nobody; its age, and so its place, stays.
        if (isHeld(held.state.callback, now)) matcher.remove(id);
        else line(held.state, now);
      } else matcher.remove(id);
    },
    setAgentState(id: string, held: Held<AgentState>, now: number): void {
      saw(now);
      countSignedIn(id, -1);
      agentStates.set(id, held);
      countSignedIn(id, 1);
      refresh(id);
    },
    setAgent(id: string, held: Held<Agent> | undefined): void {
      surveys.forget();
      countSignedIn(id, -1);
      for (const queueId of agents.get(id)?.state.queueIds ?? []) agentsOf.get(queueId)?.delete(id);
      if (held) {
        agents.set(id, held);
        for (const queueId of held.state.queueIds) {
          agentsOf.set(queueId, (agentsOf.get(queueId) ?? new Set()).add(id));
        }
      } else {
        agents.delete(id);
        skillsOf.delete(id);
      }
      countSignedIn(id, 1);
      refresh(id);
    },
    isOutdated,
    /** How much work waits by an outdated policy: until it has its new place, nothing is matched. */
    outdated: (): number => outdated.size,
    /** After a policy changed: the work that waits by it, which is outdated from now on. */
    nowOutdated(policyId: string): string[] {
      const found = [...work.values()].flatMap(({ state }) =>
        state.policyId === policyId && isOutdated(state) ? [state.id] : [],
      );
      for (const id of found) outdated.add(id);
      return found;
    },
    /** When work must be looked at again though nothing happens to it. */
    dueOf(item: WorkItem, now: number): number | undefined {
      if (item.state === 'OFFERED') return item.offerExpiresAt;
      if (item.state === 'WRAP_UP') return item.wrapUpUntil;
      if (item.state !== 'QUEUED') return undefined;
      if (isOutdated(item)) return now;
      const wait = waitOf(item, now, undefined, wellbeing.state);
      const passed = item.passedBy.flatMap(({ until }) => (until > now ? [until] : []));
      const changes = nextChange(ruleOf(item), wait, now);
      const { callback } = item;
      if (isHeld(callback, now)) return callback!.nextAt;
      const others = [
        changes,
        callback && nextOfCallback(callback, now),
        noticeDue(item),
        nextMiss(item.waits ?? [], item.queuedAt),
      ];
      const moments = [...passed, ...others.flatMap((moment) => moment ?? [])];
      return moments.length > 0 ? Math.min(...moments) : undefined;
    },
    queueStates,
    reliefFor,
    queueState: (queueId: string): Held<QueueState> =>
      queueStates.get(queueId) ?? { state: newQueueState(tenantId, queueId), rev: 0, eventSeq: 0, asked: [] },
    waitingIn: (queueId: string): ReadonlySet<string> => waitersOf(queueId).ids,
    callbacksIn: (queueId: string): number => waitersOf(queueId).callbacks,
    /** What became of contacts lately, for the live service level. */
    noteOutcome(queueId: string, at: number, outcome: Outcome): void {
      const list = live.get(queueId) ?? [];
      list.push({ ...outcome, at });
      while (list.length > LIVE_MOST || (list[0] && list[0].at < at - LIVE_MS)) list.shift();
      live.set(queueId, list);
    },
    /** The queue as its guard sees it. */
    queueNow(queueId: string, now: number): QueueNow {
      const { serviceLevel: goal } = queues.get(queueId)!.state;
      const { thresholdSeconds, shortAbandonSeconds, targetPercent } = goal;
      const lately = (live.get(queueId) ?? []).filter(({ at }) => at >= now - LIVE_MS);
      let overdue = 0;
      for (const id of waitersOf(queueId).ids) {
        const item = work.get(id)?.state;
        if (item && !item.callback && now - item.queuedAt > thresholdSeconds * 1000) overdue++;
      }
      const levels = serviceLevels(countOutcomes(lately, thresholdSeconds, shortAbandonSeconds), overdue);
      return {
        waiting: waiting.get(queueId) ?? 0,
        oldestAt: waitersOf(queueId).onLine.next(),
        serviceLevel: levels['SL-4'],
        target: targetPercent / 100,
        thresholdSeconds,
      };
    },
    guardLooked: (queueId: string, now: number): void => void guardLooked.set(queueId, now),
    /** When the guard of a queue looks at it next. */
    guardDue(queueId: string, now: number): number | undefined {
      const guard = guardOf(queueId);
      if (!guard) return undefined;
      const { state } = this.queueState(queueId);
      const moment = nextGuardLook(state, guard, waitersOf(queueId).onLine.next(), now);
      return moment && Math.max(moment, (guardLooked.get(queueId) ?? 0) + GUARD_MS);
    },
    /** Puts everything that waits in a queue into the line of what it asks for now. */
    lineUpAgain(queueId: string, now: number): WorkItem[] {
      const items = [...waitersOf(queueId).ids].flatMap((id) => work.get(id)?.state ?? []);
      for (const item of items) if (!isHeld(item.callback, now)) line(item, now);
      return items;
    },
    /** Handle times of the last contacts of a queue, for estimates. */
    noteHandled(queueId: string, seconds: number): void {
      const times = handled.get(queueId) ?? [];
      times.push(seconds);
      if (times.length > HANDLED_MOST) times.shift();
      handled.set(queueId, times);
    },
    /** Puts what was before this process had the queue before what it has seen itself. */
    recall(queueId: string, { handledSeconds, outcomes }: QueueHistory): void {
      handled.set(queueId, [...handledSeconds, ...(handled.get(queueId) ?? [])].slice(-HANDLED_MOST));
      live.set(queueId, [...outcomes, ...(live.get(queueId) ?? [])].slice(-LIVE_MOST));
    },
    handledIn: (queueId: string): readonly number[] => handled.get(queueId) ?? [],
  };
};

export type Tenant = ReturnType<typeof createTenant>;
