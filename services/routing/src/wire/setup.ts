import type { routingV1 } from '@throughline/proto';
import type { Guard } from '../domain/guard';
import type { Agent, Condition, Policy, Queue, Rule, Skill, SkipCondition, Target, Team } from '../domain/setup';
import type { Wellbeing } from '../domain/wellbeing';
import { actionOf, priorityOf, selectionOf, wireAction, wirePriority, wireSelection } from './enums';

const goalOf = (goal: routingV1.ServiceLevelGoal | undefined) => ({
  targetPercent: goal?.targetPercent || 80,
  thresholdSeconds: goal?.thresholdSeconds || 20,
  shortAbandonSeconds: goal?.shortAbandonSeconds || 5,
});

const guardOf = ({ steps, releasePercent, holdSeconds, onlyBelowGoal }: routingV1.ServiceGuard): Guard => ({
  steps: steps.map((step) => ({ ...step, action: actionOf(step.action), widenSteps: step.widenSteps || 1 })),
  releasePercent: releasePercent || 50,
  holdSeconds: holdSeconds || 30,
  onlyBelowGoal,
});

const conditionOf = (when: routingV1.RuleCondition | undefined): Condition => ({
  channels: when?.channels ?? [],
  priorities: (when?.priorities ?? []).map(priorityOf),
  languages: when?.languages ?? [],
  topics: when?.topics ?? [],
  attributes: when?.attributes ?? {},
});

const showCondition = (when: Condition): routingV1.RuleCondition => ({
  ...when,
  priorities: when.priorities.map(wirePriority),
});

const skipOf = (skipWhen: routingV1.SkipCondition | undefined): SkipCondition =>
  skipWhen ?? { noAgents: false, queueLongerThan: 0 };

const needsOf = (skills: routingV1.SkillNeed[]) =>
  skills.map(({ skillId, minProficiency }) => ({ skillId, minProficiency: minProficiency || 1 }));

const targetOf = ({ queueId, afterSeconds, skills, boostPoints, skipWhen }: routingV1.RuleTarget): Target => ({
  queueId,
  afterSeconds,
  skills: needsOf(skills),
  boostPoints,
  skipWhen: skipOf(skipWhen),
});

const ruleOf = (rule: routingV1.RoutingRule): Rule => ({
  name: rule.name,
  when: conditionOf(rule.when),
  queueId: rule.queueId,
  skills: needsOf(rule.skills),
  boostPoints: rule.boostPoints,
  skipWhen: skipOf(rule.skipWhen),
  preferredAgentSeconds: rule.preferredAgentSeconds,
  relaxation: rule.relaxation,
  ...(rule.targets.length > 0 ? { targets: rule.targets.map(targetOf) } : {}),
  ...(rule.overflow ? { overflow: rule.overflow } : {}),
  selection: selectionOf(rule.selection),
  offerTimeoutSeconds: rule.offerTimeoutSeconds || 20,
  wrapUpSeconds: rule.wrapUpSeconds,
});

/** A resource of the contract as ours, with what is left out filled in, and back. */
export const skillWire = {
  read: ({ id, name, version }: routingV1.Skill): Skill => ({ id, name, version: Number(version) }),
  show: ({ id, name, version }: Skill): routingV1.Skill => ({ id, name, version: BigInt(version) }),
};

export const teamWire = {
  read: ({ id, name, version }: routingV1.Team): Team => ({ id, name, version: Number(version) }),
  show: ({ id, name, version }: Team): routingV1.Team => ({ id, name, version: BigInt(version) }),
};

export const queueWire = {
  read: ({ id, name, serviceLevel, notices, guard, version }: routingV1.Queue): Queue => ({
    id,
    name,
    serviceLevel: goalOf(serviceLevel),
    ...(notices ? { notices } : {}),
    ...(guard ? { guard: guardOf(guard) } : {}),
    version: Number(version),
  }),
  show: ({ id, name, serviceLevel, notices, guard, version }: Queue): routingV1.Queue => ({
    id,
    name,
    serviceLevel,
    notices,
    guard: guard && {
      ...guard,
      steps: guard.steps.map((step) => ({ ...step, action: wireAction(step.action) })),
    },
    version: BigInt(version),
  }),
};

export const agentWire = {
  read: (agent: routingV1.Agent): Agent => ({
    id: agent.id,
    name: agent.name,
    teamId: agent.teamId,
    queueIds: [...new Set(agent.queueIds)],
    skills: agent.skills,
    capacityUnits: agent.capacityUnits || 100,
    channelCosts: agent.channelCosts,
    interruptions: agent.interruptions,
    callAddress: agent.callAddress,
    version: Number(agent.version),
  }),
  show: (agent: Agent): routingV1.Agent => ({
    ...agent,
    callAddress: agent.callAddress ?? '',
    version: BigInt(agent.version),
  }),
};

export const policyWire = {
  read: (policy: routingV1.RoutingPolicy): Policy => ({
    id: policy.id,
    name: policy.name,
    rules: policy.rules.map(ruleOf),
    priorityPoints: {
      LOW: policy.priorityPoints?.low ?? 0,
      NORMAL: policy.priorityPoints?.normal ?? 5,
      HIGH: policy.priorityPoints?.high ?? 10,
      URGENT: policy.priorityPoints?.urgent ?? 20,
    },
    ageingPointsPerMinute: policy.ageingPointsPerMinute || 1,
    version: Number(policy.version),
  }),
  show: (policy: Policy): routingV1.RoutingPolicy => ({
    id: policy.id,
    name: policy.name,
    rules: policy.rules.map((rule) => ({
      ...rule,
      when: showCondition(rule.when),
      targets: rule.targets ?? [],
      overflow: rule.overflow && { ...rule.overflow, skipWhen: rule.overflow.skipWhen },
      selection: wireSelection(rule.selection),
    })),
    priorityPoints: {
      low: policy.priorityPoints.LOW,
      normal: policy.priorityPoints.NORMAL,
      high: policy.priorityPoints.HIGH,
      urgent: policy.priorityPoints.URGENT,
    },
    ageingPointsPerMinute: policy.ageingPointsPerMinute,
    version: BigInt(policy.version),
  }),
};

export const wellbeingWire = {
  read: (policy: routingV1.WellbeingPolicy): Wellbeing => ({
    shortBreakSeconds: policy.shortBreakSeconds || 60,
    shortContactSeconds: policy.shortContactSeconds || 10,
    ...(policy.hardContacts
      ? {
          hard: {
            ...policy.hardContacts,
            when: policy.hardContacts.when.map(conditionOf),
            windowMinutes: policy.hardContacts.windowMinutes || 60,
          },
        }
      : {}),
    ...(policy.coolDown ? { coolDown: { ...policy.coolDown, afterContacts: policy.coolDown.afterContacts || 1 } } : {}),
    ...(policy.occupancyCeiling
      ? { ceiling: { ...policy.occupancyCeiling, windowMinutes: policy.occupancyCeiling.windowMinutes || 30 } }
      : {}),
    version: Number(policy.version),
  }),
  show: ({ hard, coolDown, ceiling, ...policy }: Wellbeing): routingV1.WellbeingPolicy => ({
    shortBreakSeconds: policy.shortBreakSeconds,
    shortContactSeconds: policy.shortContactSeconds,
    hardContacts: hard && { ...hard, feedback: hard.feedback ?? false, when: hard.when.map(showCondition) },
    coolDown,
    occupancyCeiling: ceiling,
    version: BigInt(policy.version),
  }),
};
