import type { Demand } from '../domain/demand';
import type { Wait } from '../domain/plan';
import { demandAt, isPressing, stepsOf } from '../domain/plan';
import type { Rule } from '../domain/setup';

const MOST_KEPT = 256;

/** What contacts ask for. Most ask for the same as others of their rule, and get the very same object: it is compared by identity. */
export const createDemands = () => {
  const ofRule = new WeakMap<Rule, Map<string, Demand>>();
  return (rule: Rule, pointsPerMinute: number, channel: string, wait: Wait, now: number): Demand => {
    const policy = { ageingPointsPerMinute: pointsPerMinute };
    if (wait.preferredAgentId || wait.excludedAgentIds.length > 0 || wait.borrowQueueIds) {
      return demandAt(rule, policy, channel, wait, now);
    }
    let kept = ofRule.get(rule);
    if (!kept || kept.size >= MOST_KEPT) {
      kept = new Map();
      ofRule.set(rule, kept);
    }
    const key = `${stepsOf(rule, wait, now)}/${pointsPerMinute}/${channel}/${wait.hard ? 'hard' : ''}/${isPressing(wait, now)}`;
    let demand = kept.get(key);
    if (!demand) {
      demand = demandAt(rule, policy, channel, wait, now);
      kept.set(key, demand);
    }
    return demand;
  };
};
