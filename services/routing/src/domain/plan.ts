import type { Demand, SkillNeed } from './demand';
import type { Condition, Policy, Priority, Rule, SkipCondition } from './setup';

/** What a rule looks at in a contact. */
export interface ContactFacts {
  channel: string;
  priority: Priority;
  language: string;
  topic: string;
  attributes: Readonly<Record<string, string>>;
}

/** What a rule's skip conditions look at. */
export interface QueueFacts {
  signedIn(queueId: string): number;
  waiting(queueId: string): number;
}

export interface Verdict {
  ruleName: string;
  reason: string;
}

const oneOf = (list: readonly string[], value: string): boolean => list.length === 0 || list.includes(value);

const mismatch = (when: Condition, contact: ContactFacts): string | undefined => {
  if (!oneOf(when.channels, contact.channel)) return `channel is ${contact.channel}`;
  if (!oneOf(when.priorities, contact.priority)) return `priority is ${contact.priority.toLowerCase()}`;
  if (!oneOf(when.languages, contact.language)) return `language is ${contact.language || 'not known'}`;
  if (!oneOf(when.topics, contact.topic)) return `topic is ${contact.topic || 'not known'}`;
  const other = Object.entries(when.attributes).find(([name, value]) => contact.attributes[name] !== value);
  return other && `attribute ${other[0]} is ${contact.attributes[other[0]] ?? 'not set'}`;
};

/** Whether a contact is of the kind that a condition describes. */
export const matches = (when: Condition, contact: ContactFacts): boolean => mismatch(when, contact) === undefined;

/** Why a queue is passed over; undefined when it is not. */
export const skipped = (
  skipWhen: SkipCondition | undefined,
  queueId: string,
  queues: QueueFacts,
): string | undefined => {
  if (!skipWhen) return undefined;
  if (skipWhen.noAgents && queues.signedIn(queueId) === 0) return `skipped: nobody of ${queueId} is signed in`;
  const limit = skipWhen.queueLongerThan;
  if (limit > 0 && queues.waiting(queueId) > limit) return `skipped: more than ${limit} wait in ${queueId}`;
  return undefined;
};

/** A queue that no rule speaks of: all of its agents may take what is put there. */
export const plainRule = (queueId: string): Rule => ({
  name: `queue ${queueId}`,
  when: { channels: [], priorities: [], languages: [], topics: [], attributes: {} },
  queueId,
  skills: [],
  boostPoints: 0,
  skipWhen: { noAgents: false, queueLongerThan: 0 },
  preferredAgentSeconds: 60,
  relaxation: [],
  selection: 'LONGEST_IDLE',
  offerTimeoutSeconds: 20,
  wrapUpSeconds: 0,
});

/** The rule as it is in one of its queues, with the targets that come after it; undefined when it never leads there. */
export const ruleAt = (rule: Rule, queueId: string): Rule | undefined => {
  if (rule.queueId === queueId) return rule;
  const targets = rule.targets ?? [];
  const at = targets.findIndex((target) => target.queueId === queueId);
  const target = targets[at];
  return (
    target && {
      ...rule,
      queueId,
      skills: target.skills.length > 0 ? target.skills : rule.skills,
      boostPoints: rule.boostPoints + target.boostPoints,
      skipWhen: target.skipWhen,
      targets: targets.slice(at + 1),
    }
  );
};

/** The queues of a rule, its own first. */
export const queuesOf = ({ queueId, targets = [] }: Rule): string[] => [
  queueId,
  ...targets.map((target) => target.queueId),
];

/**
 * The first rule that matches, as it is in the first of its queues that is not skipped, and why what came before did not apply.
 * With a queue given, only rules that lead there count, and nothing is skipped.
 */
export const ruleFor = (
  policy: Policy,
  contact: ContactFacts,
  queues: QueueFacts,
  queueId = '',
): { rule?: Rule; passed: Verdict[] } => {
  const passed: Verdict[] = [];
  for (const rule of policy.rules) {
    const why =
      (queueId && !ruleAt(rule, queueId) ? `is for ${queuesOf(rule).join(', ')}` : undefined) ??
      mismatch(rule.when, contact);
    if (why) {
      passed.push({ ruleName: rule.name, reason: why });
      continue;
    }
    for (const at of queueId ? [queueId] : queuesOf(rule)) {
      const here = ruleAt(rule, at)!;
      const skip = queueId ? undefined : skipped(here.skipWhen, at, queues);
      if (!skip) return { rule: here, passed };
      passed.push({ ruleName: rule.name, reason: skip });
    }
  }
  return queueId ? { rule: plainRule(queueId), passed } : { passed };
};

/**
 * Where time leads a contact within its rule: the last target whose time has come and that is not skipped, and why later ones
 * are. `rule` is the rule as it is in the contact's queue.
 */
export const goOn = (rule: Rule, waitedMs: number, queues: QueueFacts): { queueId?: string; passed: Verdict[] } => {
  const passed: Verdict[] = [];
  for (const { queueId, afterSeconds, skipWhen } of [...(rule.targets ?? [])].reverse()) {
    if (waitedMs < afterSeconds * 1000) continue;
    const why = skipped(skipWhen, queueId, queues);
    if (!why) return { queueId, passed };
    passed.unshift({ ruleName: rule.name, reason: why });
  }
  return { passed };
};

/** Since when a contact waits by its rule, and who it would rather have. */
export interface Wait {
  /** When it came into the first queue of its rule. */
  queuedAt: number;
  preferredAgentId: string;
  excludedAgentIds: readonly string[];
  /** Relaxation steps that the queue's guard let apply ahead of their time. */
  aheadSteps?: number;
  /** Queues whose agents help out because of the guard. */
  borrowQueueIds?: readonly string[];
  /** Why it is hard on whoever has it: then who had the fewest of those comes first. */
  hard?: readonly string[];
  /** From then on the occupancy ceiling gives way. */
  ceilingUntil?: number;
}

const lowered = (needs: readonly SkillNeed[], rule: Rule, steps: number): SkillNeed[] => {
  const taken = rule.relaxation.slice(0, steps);
  const dropped = new Set(taken.flatMap(({ dropSkillIds }) => dropSkillIds));
  const limits = taken.flatMap(({ maxRequiredProficiency }) => maxRequiredProficiency || []);
  const most = Math.min(5, ...limits);
  return needs
    .filter(({ skillId }) => !dropped.has(skillId))
    .map(({ skillId, minProficiency }) => ({ skillId, minProficiency: Math.min(minProficiency, most) }));
};

/** How many relaxation steps apply after this much waiting. */
export const stepsAt = (rule: Rule, waitedMs: number): number =>
  rule.relaxation.filter(({ afterSeconds }) => waitedMs >= afterSeconds * 1000).length;

/** Steps that apply, with those that the queue's guard took ahead of their time. */
export const stepsOf = (rule: Rule, wait: Wait, now: number): number =>
  Math.min(rule.relaxation.length, stepsAt(rule, now - wait.queuedAt) + (wait.aheadSteps ?? 0));

/** Whether it waited so long that the occupancy ceiling gives way. */
export const isPressing = ({ ceilingUntil }: Wait, now: number): boolean =>
  ceilingUntil !== undefined && now >= ceilingUntil;

/** What the contact asks for at this moment. */
export const demandAt = (
  rule: Rule,
  policy: Pick<Policy, 'ageingPointsPerMinute'>,
  channel: string,
  wait: Wait,
  now: number,
): Demand => {
  const waited = now - wait.queuedAt;
  const steps = stepsOf(rule, wait, now);
  const widened = rule.relaxation.slice(0, steps).flatMap(({ widenQueueIds }) => widenQueueIds);
  const preferring = wait.preferredAgentId !== '' && waited < rule.preferredAgentSeconds * 1000;
  return {
    queueIds: [...new Set([rule.queueId, ...widened, ...(wait.borrowQueueIds ?? [])])],
    channel,
    needs: lowered(rule.skills, rule, steps),
    preferredAgentId: preferring ? wait.preferredAgentId : '',
    excludedAgentIds: [...wait.excludedAgentIds].sort(),
    selection: wait.hard ? 'FEWEST_HARD_CONTACTS' : rule.selection,
    pointsPerMinute: policy.ageingPointsPerMinute,
    ...(isPressing(wait, now) ? { pressing: true } : {}),
  };
};

/** How often a queue that was skipped is tried again. */
const SKIPPED_MS = 30_000;

// Its time has come and the contact is not there: it was skipped.
const nextTry = (at: number, now: number): number =>
  at > now ? at : at + (Math.floor((now - at) / SKIPPED_MS) + 1) * SKIPPED_MS;

/** The next moment at which waiting alone changes something; undefined when nothing will. */
export const nextChange = (rule: Rule, wait: Wait, now: number): number | undefined => {
  const moments = [
    ...rule.relaxation.map(({ afterSeconds }) => afterSeconds),
    ...(wait.preferredAgentId ? [rule.preferredAgentSeconds] : []),
  ].map((seconds) => wait.queuedAt + seconds * 1000);
  for (const { afterSeconds } of [...(rule.targets ?? []), ...(rule.overflow ? [rule.overflow] : [])])
    moments.push(nextTry(wait.queuedAt + afterSeconds * 1000, now));
  if (wait.ceilingUntil !== undefined) moments.push(wait.ceilingUntil);
  const ahead = moments.filter((at) => at > now);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
};

/** What the newest steps changed, in words. */
export const stepsInWords = (rule: Rule, from: number, to: number): string =>
  rule.relaxation
    .slice(from, to)
    .map(({ afterSeconds, dropSkillIds, maxRequiredProficiency, widenQueueIds }) =>
      [
        `after ${afterSeconds} s`,
        ...(dropSkillIds.length > 0 ? [`${dropSkillIds.join(', ')} no longer needed`] : []),
        ...(maxRequiredProficiency > 0 ? [`proficiency ${maxRequiredProficiency} is enough`] : []),
        ...(widenQueueIds.length > 0 ? [`agents of ${widenQueueIds.join(', ')} as well`] : []),
      ].join(', '),
    )
    .join('; ');
