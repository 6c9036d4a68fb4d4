import type { Candidate, Demand } from './demand';
import type { Relief } from './guard';
import type { Judged, Skip, Survey } from './judge';
import { cannotTake, judgeAgents } from './judge';
import type { ContactFacts, Verdict, Wait } from './plan';
import { demandAt, plainRule, ruleAt, stepsOf } from './plan';
import { scoreOf } from './score';
import type { Policy, Priority, Rule } from './setup';
import type { Wellbeing } from './wellbeing';
import { hardReasons } from './wellbeing';
import type { WorkItem } from './work-item';
import { ruledSince } from './work-item';

/** A contact that stood before the chosen one. */
export interface Ahead {
  workItemId: string;
  score: number;
  skip: Skip;
}

/** A decision with everything it rested on, so that it can be made again. */
export interface Decision {
  id: string;
  tenantId: string;
  workItemId: string;
  agentId: string;
  at: number;
  policyId: string;
  policyVersion: number;
  ruleName: string;
  passedRules: Verdict[];
  contact: ContactFacts;
  /** Set when only rules of this queue counted. */
  fixedQueueId?: string;
  arrivedAt: number;
  wait: Wait;
  demand: Demand;
  relaxationSteps: number;
  score: number;
  /** The chosen agent first, then some of those who were passed over. */
  candidates: Judged[];
  skipped: Record<string, number>;
  workAhead: Ahead[];
}

/** The part of the score that waiting does not change. */
export const basePoints = (policy: Policy | undefined, rule: Rule, priority: Priority): number =>
  (policy?.priorityPoints[priority] ?? 0) + rule.boostPoints;

/** A rule of a policy by its name, as it is in this queue; the plain one when none of that name leads there. */
export const ruleNamed = (
  policy: Policy | undefined,
  name: string,
  queueId: string,
  { plain = plainRule, at = ruleAt } = {},
): Rule => {
  const rule = policy?.rules.find((one) => one.name === name);
  return (rule && at(rule, queueId)) ?? plain(queueId);
};

const ofWellbeing = (item: WorkItem, wellbeing: Wellbeing): Partial<Wait> => {
  const hard = hardReasons(item, wellbeing);
  const givesWay = wellbeing.ceiling?.givesWayAfterSeconds ?? 0;
  return {
    ...(hard.length > 0 ? { hard } : {}),
    ...(givesWay > 0 && !item.callback ? { ceilingUntil: ruledSince(item) + givesWay * 1000 } : {}),
  };
};

/** Who an item would rather have, since when it waits, and what wellbeing makes of it. */
export const waitOf = (item: WorkItem, now: number, relief?: Relief, wellbeing?: Wellbeing): Wait => ({
  queuedAt: ruledSince(item),
  preferredAgentId: item.preferredAgentId,
  excludedAgentIds: item.passedBy.flatMap(({ agentId, until }) => (until > now ? [agentId] : [])),
  ...(relief && relief.aheadSteps > 0 ? { aheadSteps: relief.aheadSteps } : {}),
  ...(relief && relief.borrowQueueIds.length > 0 ? { borrowQueueIds: relief.borrowQueueIds } : {}),
  ...(wellbeing ? ofWellbeing(item, wellbeing) : {}),
});

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

const words = (skip: Skip): string =>
  `${skip.reason.toLowerCase().replaceAll('_', ' ')}${skip.detail ? ` (${skip.detail})` : ''}`;

/** The decision as a person would tell it. */
export const explainDecision = (d: Decision): string => {
  const { demand } = d;
  const chosen = d.candidates.find(({ agent }) => agent.agentId === d.agentId)?.agent;
  const needs = demand.needs.map(({ skillId, minProficiency }) => `${skillId} ≥ ${minProficiency}`).join(', ');
  const why = demand.preferredAgentId
    ? 'the preferred agent'
    : demand.selection === 'LEAST_OCCUPIED'
      ? `the least occupied (${Math.round((chosen?.occupancy ?? 0) * 100)} %)`
      : demand.selection === 'FEWEST_HARD_CONTACTS'
        ? `the one with the fewest hard contacts lately (${chosen?.hardLately ?? 0})`
        : `the longest idle (${seconds(d.at - (chosen?.idleSince ?? d.at))})`;
  const counts = Object.entries(d.skipped).map(
    ([reason, count]) => `${count} ${reason.toLowerCase().replaceAll('_', ' ')}`,
  );
  const resting = d.candidates.flatMap(({ agent, skip }) =>
    skip?.reason === 'COOL_DOWN' || skip?.reason === 'OCCUPANCY_CEILING' ? [`${agent.agentId} (${skip.detail})`] : [],
  );
  const ahead = d.workAhead.map(({ workItemId, skip }) => `${workItemId}: ${words(skip)}`);
  const before = d.passedRules.filter(({ ruleName }) => ruleName !== d.ruleName);
  const within = d.passedRules.filter(({ ruleName }) => ruleName === d.ruleName);
  return [
    `Rule "${d.ruleName}"${d.policyId ? ` of policy ${d.policyId} version ${d.policyVersion}` : ''} applied.`,
    ...(before.length > 0
      ? [`Before it: ${before.map(({ ruleName, reason }) => `"${ruleName}" (${reason})`).join(', ')}.`]
      : []),
    ...(within.length > 0 ? [`Its targets: ${within.map(({ reason }) => reason).join('; ')}.`] : []),
    `The contact had waited ${seconds(d.at - d.arrivedAt)} and scored ${d.score.toFixed(1)}.`,
    `It asked for ${demand.channel} in ${demand.queueIds.join(', ')}${needs ? ` with ${needs}` : ''}${
      d.relaxationSteps > 0 ? ` after ${d.relaxationSteps} relaxation step${d.relaxationSteps > 1 ? 's' : ''}` : ''
    }.`,
    ...(d.wait.aheadSteps ? [`The queue's guard had let ${d.wait.aheadSteps} of its steps apply ahead of time.`] : []),
    ...(d.wait.borrowQueueIds
      ? [`Agents of ${d.wait.borrowQueueIds.join(', ')} helped, because waits were long.`]
      : []),
    ...(d.wait.hard ? [`It counted as hard: ${d.wait.hard.join(', ')}.`] : []),
    ...(demand.pressing ? ['It had waited so long that the occupancy ceiling gave way.'] : []),
    `Agent ${d.agentId} was ${why} who could take it.`,
    ...(counts.length > 0 ? [`Skipped: ${counts.join(', ')}.`] : []),
    ...(resting.length > 0 ? [`Resting: ${resting.join('; ')}.`] : []),
    ...(ahead.length > 0 ? [`Contacts before it that this agent could not take: ${ahead.join('; ')}.`] : []),
  ].join(' ');
};

export interface Inputs {
  id: string;
  item: WorkItem;
  rule: Rule;
  policy: Policy | undefined;
  pointsPerMinute: number;
  wait: Wait;
  /** What it asked for. */
  demand: Demand;
  /** Everybody who was looked at. */
  survey: Survey;
  /** Whom the matcher chose. */
  agent: Candidate;
  /** What stood before it in the agent's queues, best first. */
  ahead: { id: string; demand: Demand; score: number }[];
  now: number;
}

/** Writes a decision down. */
export const recordDecision = (inputs: Inputs): Decision => {
  const { item, rule, policy, now, agent, pointsPerMinute, wait, demand, survey } = inputs;
  const score = scoreOf(basePoints(policy, rule, item.priority), pointsPerMinute, item.arrivedAt, now);
  const workAhead = inputs.ahead.flatMap((one): Ahead[] => {
    const skip = one.score > score ? cannotTake(one.demand, agent) : undefined;
    return skip ? [{ workItemId: one.id, score: one.score, skip }] : [];
  });
  const { priority, language, topic, attributes } = item;
  // Rules see the channel on which the customer waited before they asked to be called back.
  const channel = item.callback?.from ?? item.channel;
  return {
    id: inputs.id,
    tenantId: item.tenantId,
    workItemId: item.id,
    agentId: agent.agentId,
    at: now,
    policyId: item.policyId,
    policyVersion: item.policyVersion,
    ruleName: item.ruleName,
    passedRules: item.passedRules,
    contact: { channel, priority, language, topic, attributes },
    fixedQueueId: item.fixedQueueId,
    arrivedAt: item.arrivedAt,
    wait,
    demand,
    relaxationSteps: stepsOf(rule, wait, now),
    score,
    candidates: survey.judged,
    skipped: survey.skipped,
    workAhead,
  };
};

/** Decides again from what was written down and the policy as it stood, and names what differs. */
export const replayDecision = (decision: Decision, policy: Policy | undefined) => {
  const rule = ruleNamed(policy, decision.ruleName, decision.demand.queueIds[0] ?? '');
  const { priority } = decision.contact;
  const { channel } = decision.demand;
  const pointsPerMinute = policy?.ageingPointsPerMinute ?? decision.demand.pointsPerMinute;
  const demand = demandAt(rule, { ageingPointsPerMinute: pointsPerMinute }, channel, decision.wait, decision.at);
  const { chosen } = judgeAgents(
    demand,
    decision.candidates.map(({ agent }) => agent),
  );
  const score = scoreOf(basePoints(policy, rule, priority), pointsPerMinute, decision.arrivedAt, decision.at);
  const differences = [
    ...(rule.name === decision.ruleName ? [] : [`rule: ${decision.ruleName}, now ${rule.name}`]),
    ...(JSON.stringify(demand) === JSON.stringify(decision.demand) ? [] : ['what was asked for']),
    ...(Math.abs(score - decision.score) < 1e-6 ? [] : [`score: ${decision.score}, now ${score}`]),
    ...(chosen?.agentId === decision.agentId ? [] : [`agent: ${decision.agentId}, now ${chosen?.agentId ?? 'nobody'}`]),
  ];
  return { same: differences.length === 0, agentId: chosen?.agentId ?? '', ruleName: rule.name, differences };
};
