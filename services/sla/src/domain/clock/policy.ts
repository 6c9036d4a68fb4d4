import type { Openings } from '../calendar/openings';
import type { Action, ConversationFacts, ConversationState, Mark, Metric, Pin, Terms } from './clock';

/** One condition: the field has one of these values. Attributes read `attribute.<name>`. */
export interface Condition {
  field: string;
  anyOf: string[];
}

export interface Target {
  metric: Metric;
  /** Empty means any. */
  priority: string;
  channel: string;
  targetMs: number;
  /** False: round the clock, whatever calendars the policy has. */
  businessTime: boolean;
  /** States in which the clock stands still; undefined takes those that belong to the metric. */
  pauseIn?: ConversationState[] | undefined;
}

/** Something that is done at a percentage of the target; from 100 on after the breach. */
export interface Step {
  percent: number;
  name: string;
  actions: Action[];
}

export interface Policy extends Pin {
  name: string;
  /** Lower comes first; the first that matches is taken. */
  order: number;
  conditions: Condition[];
  calendars: Pin[];
  targets: Target[];
  warnPercents: number[];
  steps: Step[];
}

/** What decisions need to know of the administrator's choices. */
export interface Rules {
  /** In force, in their order. */
  policies: Policy[];
  /** Open times of all these calendars together. */
  openings(calendars: Pin[]): Openings;
}

const pausesOf: Partial<Record<Metric, ConversationState[]>> = {
  pausable_update: ['pending'],
  requester_wait: ['pending'],
  agent_work: ['pending', 'on_hold'],
  time_to_solve: ['pending'],
  team_time: ['pending', 'on_hold'],
};

const valuesOf = (facts: ConversationFacts, field: string): string[] => {
  if (field.startsWith('attribute.')) return [facts.attributes[field.slice('attribute.'.length)] ?? ''];
  switch (field) {
    case 'channel':
      return [facts.channel];
    case 'priority':
      return [facts.priority];
    case 'topic':
      return [facts.topic];
    case 'language':
      return [facts.language];
    case 'tag':
      return facts.tags;
    case 'queue':
      return [facts.queueId];
    case 'destination':
      return [facts.destination];
    default:
      return [];
  }
};

const isTeamPolicy = (policy: Policy): boolean => policy.targets.some(({ metric }) => metric === 'team_time');

const matches = (policy: Policy, facts: ConversationFacts): boolean =>
  policy.conditions.every(({ field, anyOf }) => valuesOf(facts, field).some((value) => anyOf.includes(value)));

/** The policy in force for a conversation: the first that matches, one towards the customer and one of the team. */
export const policyFor = (policies: Policy[], facts: ConversationFacts, team: boolean): Policy | undefined =>
  policies.find((policy) => isTeamPolicy(policy) === team && matches(policy, facts));

/** The most particular target of a metric: for priority and channel, for the priority, for the channel, for any. */
export const targetOf = (policy: Policy, metric: Metric, facts: ConversationFacts): Target | undefined => {
  const score = ({ priority, channel }: Target) => (priority ? 2 : 0) + (channel ? 1 : 0);
  return policy.targets
    .filter(
      (target) =>
        target.metric === metric &&
        (target.priority === '' || target.priority === facts.priority) &&
        (target.channel === '' || target.channel === facts.channel),
    )
    .sort((a, b) => score(b) - score(a))[0];
};

const marksOf = ({ warnPercents, steps }: Policy): Mark[] =>
  [
    ...warnPercents.map((percent) => ({ percent, name: '', actions: [] })),
    { percent: 100, name: '', actions: [] },
    ...steps,
  ].sort((a, b) => a.percent - b.percent);

/** What a conversation is promised for a metric today; undefined when nothing is. */
export const termsFor = (policies: Policy[], metric: Metric, facts: ConversationFacts): Terms | undefined => {
  const policy = policyFor(policies, facts, metric === 'team_time');
  const target = policy && targetOf(policy, metric, facts);
  if (!policy || !target) return undefined;
  return {
    policy: { id: policy.id, version: policy.version },
    calendars: target.businessTime ? policy.calendars : [],
    targetMs: target.targetMs,
    priority: facts.priority,
    pauseIn: target.pauseIn ?? pausesOf[metric] ?? [],
    marks: marksOf(policy),
  };
};

const samePins = (a: Pin[], b: Pin[]): boolean =>
  a.length === b.length && a.every(({ id, version }, i) => id === b[i]!.id && version === b[i]!.version);

/** True when a clock held to one would not notice the other. */
export const sameTerms = (a: Terms, b: Terms): boolean =>
  samePins([a.policy], [b.policy]) && samePins(a.calendars, b.calendars) && a.targetMs === b.targetMs;
