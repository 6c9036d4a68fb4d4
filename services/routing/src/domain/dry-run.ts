import type { Decision } from './decision';
import { judgeAgents } from './judge';
import type { QueueFacts } from './plan';
import { demandAt, goOn, ruleAt, ruleFor } from './plan';
import type { Policy, Rule } from './setup';

export interface Difference {
  decisionId: string;
  workItemId: string;
  ruleName: string;
  queueId: string;
  agentId: string;
  newRuleName: string;
  newQueueId: string;
  newAgentId: string;
  detail: string;
}

export interface DryRun {
  decisions: number;
  same: number;
  otherRule: number;
  otherQueue: number;
  otherAgent: number;
  nobody: number;
  noRule: number;
  notKnown: number;
  differences: Difference[];
}

const SHOWN = 200;

// How full queues were, and who was signed in, is not written down with a decision: conditions to skip a rule hold no rule back.
const nothingKnown: QueueFacts = { signedIn: () => 1, waiting: () => 0 };

/** Whether everybody who could be asked now was looked at then. */
const allLookedAt = (decision: Decision, queueIds: readonly string[]): boolean => {
  const looked = new Set(decision.demand.queueIds);
  const seen = decision.candidates.length;
  const all = 1 + Object.values(decision.skipped).reduce((sum, count) => sum + count, 0);
  return queueIds.every((id) => looked.has(id)) && seen >= all;
};

/** The rule as it is where the contact would have waited: in its queue of then, if the rule had led there, or where time leads. */
const whereThen = (rule: Rule, decision: Decision, queueId: string): Rule => {
  const waited = decision.at - decision.wait.queuedAt;
  const reached = (rule.targets ?? []).some(
    (target) => target.queueId === queueId && waited >= target.afterSeconds * 1000,
  );
  const to = reached ? queueId : goOn(rule, waited, nothingKnown).queueId;
  return (to && ruleAt(rule, to)) || rule;
};

const again = (decision: Decision, policy: Policy): Difference & { known: boolean } => {
  const [queueId = ''] = decision.demand.queueIds;
  const was = {
    decisionId: decision.id,
    workItemId: decision.workItemId,
    ruleName: decision.ruleName,
    queueId,
    agentId: decision.agentId,
  };
  // The queue stays fixed where it was named, overflowed to or transferred to.
  const { rule: first } = ruleFor(policy, decision.contact, nothingKnown, decision.fixedQueueId ?? '');
  if (!first)
    return { ...was, newRuleName: '', newQueueId: '', newAgentId: '', detail: 'no rule matches', known: true };
  const rule = whereThen(first, decision, queueId);
  const demand = demandAt(rule, policy, decision.demand.channel, decision.wait, decision.at);
  const { chosen } = judgeAgents(
    demand,
    decision.candidates.map(({ agent }) => agent),
  );
  const complete = allLookedAt(decision, demand.queueIds);
  // Whoever comes first among those looked at stays first only when nobody else could have come before.
  const known = complete || (rule.queueId === queueId && chosen?.agentId === decision.agentId);
  const newAgentId = known ? (chosen?.agentId ?? '') : '';
  const words = [
    ...(rule.name === was.ruleName ? [] : [`rule ${rule.name} instead of ${was.ruleName}`]),
    ...(rule.queueId === queueId ? [] : [`waits in ${rule.queueId} instead of ${queueId}`]),
    ...(known && newAgentId !== was.agentId
      ? [
          newAgentId
            ? `agent ${newAgentId} instead of ${was.agentId}`
            : `nobody could take it instead of ${was.agentId}`,
        ]
      : []),
    ...(known ? [] : ['asks for agents who were not looked at then']),
  ];
  return { ...was, newRuleName: rule.name, newQueueId: rule.queueId, newAgentId, detail: words.join('; '), known };
};

/** Decides past offers again under another policy. */
export const dryRun = (decisions: readonly Decision[], policy: Policy): DryRun => {
  const found: DryRun = {
    decisions: decisions.length,
    same: 0,
    otherRule: 0,
    otherQueue: 0,
    otherAgent: 0,
    nobody: 0,
    noRule: 0,
    notKnown: 0,
    differences: [],
  };
  for (const decision of decisions) {
    const { known, ...now } = again(decision, policy);
    if (now.detail === '') {
      found.same++;
      continue;
    }
    if (!now.newRuleName) found.noRule++;
    else {
      if (now.newRuleName !== now.ruleName) found.otherRule++;
      if (now.newQueueId !== now.queueId) found.otherQueue++;
      if (!known) found.notKnown++;
      else if (!now.newAgentId) found.nobody++;
      else if (now.newAgentId !== now.agentId) found.otherAgent++;
    }
    if (found.differences.length < SHOWN) found.differences.push(now);
  }
  return found;
};
